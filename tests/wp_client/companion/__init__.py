"""The companion itself, spoken to in plain HTTP on a real WordPress."""
