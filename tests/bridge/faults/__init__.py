"""Strange answers, torn files, full disks: what the world may do to a running bridge."""
