"""What the store refuses, and why."""


class StoreError(Exception):
    """The root of all that the store raises by itself; its text is a sentence for a person."""


class StoreRefused(StoreError):
    """The store cannot be opened, and a person has to do what the sentence says."""


class StoreMissing(StoreRefused):
    """There is no store yet: it is made when the bridge starts."""


class StoreUnavailable(StoreError):
    """The store could not say that it kept anything: a caller answers 503 and is asked again later.

    The disk is full, read-only, locked or broken, or the store is closed.
    What was asked for is not done, or it is done and the disk could not confirm it.
    """


class StoreBusy(StoreUnavailable):
    """More writes are queued than the writer takes on; this one was not kept."""


class WaitingListFull(StoreUnavailable):
    """As many deliveries wait as the waiting list holds; this one was not kept."""


class LaneLost(StoreError):
    """The attempt no longer holds its contact's lane, so nothing of what it said was written.

    Its verdict stands already, or the store gave the contact to another attempt.
    """


class SyncUnderWay(StoreError):
    """One sync at a time; another one is not over."""
