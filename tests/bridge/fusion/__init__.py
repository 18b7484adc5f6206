"""A site that uses WP Fusion's Keap webhooks changes the URL, and finds every behaviour again."""
