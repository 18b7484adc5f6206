"""Tests of the launcher and the demonstration."""
