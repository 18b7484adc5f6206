"""Tests of bridge.tokens."""
