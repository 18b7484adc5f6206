"""A local Keap: the API endpoints that the bridge uses, and the sender of HTTP Posts."""
