"""The doors that a process opens: addresses listened at."""

from aiohttp import web

from bridge.config import Listen


class CannotListen(Exception):
    """An address cannot be listened at: another program has it, or it is not this machine's."""

    def __init__(self, key: str, listen: Listen, cause: OSError) -> None:
        """Take the key under ``server:``, what stands there, and what the system says."""
        super().__init__(str(cause))
        self.key = f"server.{key}"
        self.listen = listen
        self.cause = cause


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
