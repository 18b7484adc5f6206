"""What Keap says: HTTP Posts read, API calls as values, and a sandbox that answers as Keap does."""
