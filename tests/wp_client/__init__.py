"""Tests, through the front doors, with real parts."""
