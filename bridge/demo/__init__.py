"""The demonstration: a real WordPress, a sandbox Keap and the bridge on one machine."""
