"""The Keap to WordPress bridge: the domain and the application."""
