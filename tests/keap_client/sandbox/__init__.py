"""The sandbox against Keap's own SDK, its documented shapes, and what was seen of it."""
