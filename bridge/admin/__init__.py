"""The page for people: what the bridge did, what waits, and how to set it up. Server-rendered."""

from bridge.admin.app import Shown, make_page

__all__ = ["Shown", "make_page"]
