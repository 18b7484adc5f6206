"""The store: deliveries kept on disk, and who works on them."""

from bridge.store.errors import (
    LaneLostError,
    StoreBusyError,
    StoreError,
    StoreRefusedError,
    StoreUnavailableError,
    WaitingListFullError,
)
from bridge.store.reader import Reader
from bridge.store.store import Store

__all__ = [
    "LaneLostError",
    "Reader",
    "Store",
    "StoreBusyError",
    "StoreError",
    "StoreRefusedError",
    "StoreUnavailableError",
    "WaitingListFullError",
]
