"""The doors that a process opens: addresses listened at."""

from aiohttp import web

from bridge.config import Listen

PATIENCE = 75.0
"""Seconds for the head of a request: who sends a byte now and then holds a connection no longer.
A web server in front keeps idle connections for 60 seconds at most, as nginx does by default."""


class CannotListen(Exception):
    """An address cannot be listened at: another program has it, or it is not this machine's."""

    def __init__(self, key: str, listen: Listen, cause: OSError) -> None:
        """Take the key under ``server:``, what stands there, and what the system says."""
        super().__init__(str(cause))
        self.key = f"server.{key}"
        self.listen = listen
        self.cause = cause


def runner_of(app: web.Application, *, patience: float = PATIENCE) -> web.AppRunner:
    """Give what runs an application; a head that takes longer than ``patience`` is not waited for.

    There is no access log: it would print addresses with their query strings, and so keys.
    """
    return web.AppRunner(app, access_log=None, keepalive_timeout=patience)


async def listen_at(runner: web.AppRunner, key: str, listen: Listen) -> str:
    """Open a door; give its address, as in ``http://127.0.0.1:8080``.

    Raises:
        CannotListen: The address is taken, or not this machine's.
    """
    door = web.TCPSite(runner, listen.host, listen.port, reuse_address=True)
    try:
        await door.start()
    except OSError as error:
        raise CannotListen(key, listen, error) from error
    return door.name.rstrip("/")
