"""The store, in real files."""
