"""``keap-bridge check``: what the answers mean, and the whole command at real ends."""
