"""An nginx that asks for a password before it lets anybody through, as for staging sites."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

CONF = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {outside}
    server {{
        listen 127.0.0.1:{port};
        auth_basic {ask};
        auth_basic_user_file {folder}/htpasswd;
        location / {{
            proxy_pass {end};
            proxy_set_header Host $proxy_host;
        }}
    }}
}}
"""
NOT_FOR_REST = 'map $request_uri $ask { "~^/wp-json/" off; default "Staging"; }'
"""As the check advises it."""

PATIENCE = 20.0


@contextmanager
def asking_for_a_password(
    folder: Path, end: str, pair: tuple[str, str], *, but_not_for_rest: bool = False
) -> Iterator[str]:
    """Run the front; give its address.

    Args:
        folder: For its files.
        end: The address behind it.
        pair: The one name and password that it lets through.
        but_not_for_rest: Whether it asks nobody who wants the REST API, by
            :data:`NOT_FOR_REST`.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # https://nginx.org/en/docs/http/ngx_http_auth_basic_module.html#auth_basic_user_file
    (folder / "htpasswd").write_text(f"{pair[0]}:{{PLAIN}}{pair[1]}\n")
    conf = folder / "nginx.conf"
    conf.write_text(
        CONF.format(
            folder=folder,
            port=port,
            end=end,
            outside=NOT_FOR_REST if but_not_for_rest else "",
            ask="$ask" if but_not_for_rest else '"Staging"',
        )
    )
    folder.chmod(0o755)
    command = ["nginx", "-c", str(conf), "-e", str(folder / "error.log"), "-g", "user root;"]
    process = subprocess.Popen(command)  # noqa: S603 - the launcher of WordPress has installed it
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _wait(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), PATIENCE):
            return
        time.sleep(0.02)
    raise TimeoutError
