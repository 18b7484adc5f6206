"""What the bridge shows Keap: a token, a second one behind it, or what OAuth gives."""
