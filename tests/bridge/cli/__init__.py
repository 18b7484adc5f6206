"""The commands, as a site owner calls them."""
