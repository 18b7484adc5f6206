"""Messages to people, over whatever apprise knows: mail, webhooks, chats.

https://github.com/caronc/apprise/wiki lists the addresses that it takes.
"""

import asyncio
from collections.abc import Sequence

from pydantic import SecretStr


class NotSent(Exception):
    """A message reached nobody, or not everybody; the text names no address."""


def is_address(address: str) -> bool:
    """Whether a message could be sent to this address, as far as its form tells."""
    from apprise import Apprise  # noqa: PLC0415 - half a second, and only for who wants alerts

    return bool(Apprise().add(address))


class Notifier:
    """Sends each message to all addresses."""

    def __init__(self, addresses: Sequence[SecretStr]) -> None:
        self._addresses = addresses

    async def send(self, title: str, text: str) -> None:
        """Send a message.

        Raises:
            NotSent: Somebody did not get it; apprise has logged who and why.
        """
        if not await asyncio.to_thread(self._send, title, text):
            reason = "Not every address in alerts.to took the message: look at apprise's lines."
            raise NotSent(reason)

    def _send(self, title: str, text: str) -> bool:
        from apprise import Apprise, NotifyFormat  # noqa: PLC0415 - as above

        people = Apprise()
        for address in self._addresses:
            people.add(address.get_secret_value())
        return bool(people.notify(body=text, title=title, body_format=NotifyFormat.TEXT))
