"""Values of Keap's, converted for WordPress."""
