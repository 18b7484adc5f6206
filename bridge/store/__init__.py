"""The store: deliveries kept on disk, and who works on them."""

from bridge.store.errors import (
    LaneLost,
    StoreBusy,
    StoreError,
    StoreMissing,
    StoreRefused,
    StoreUnavailable,
    WaitingListFull,
)
from bridge.store.reader import Reader
from bridge.store.store import Store

__all__ = [
    "LaneLost",
    "Reader",
    "Store",
    "StoreBusy",
    "StoreError",
    "StoreMissing",
    "StoreRefused",
    "StoreUnavailable",
    "WaitingListFull",
]
