"""Calling a command in this process, and a configuration for it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.cli import main

ACCESS_KEY = "0d5f2c9be17a48c3b6e4f0a1"
TOKEN = "KeapAK-5e1f7c3a9d"
APPLICATION_PASSWORD = "abcd EFGH 1234 ijkl MNOP 5678"

CONFIG = """\
server:
  listen: 127.0.0.1:{port}
  access_keys: ["{access_key}"]
  store: sqlite:///bridge.db
keap:
  url: {keap_url}
  token: {keap_token}
wordpress:
  url: http://127.0.0.1:9
  application_password: "{application_password}"
users:
  roles: {{allowed: [{roles}]}}
"""
"""Nobody listens at port 9 of this machine: WordPress cannot be reached."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


def call(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Ended:
    """Run ``keap-bridge`` with these arguments."""
    capsys.readouterr()
    code: object = 0
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        code = end.code
    out, err = capsys.readouterr()
    assert isinstance(code, int)
    return Ended(code, out, err)


def write_config(
    folder: Path,
    *,
    port: int = 8080,
    keap_url: str = "http://127.0.0.1:9",
    keap_token: str = TOKEN,
    roles: str = "subscriber, gold",
    access_key: str = ACCESS_KEY,
) -> Path:
    """Write a configuration whose secrets stand in it; nobody else may read it."""
    file = folder / "config.yaml"
    file.write_text(
        CONFIG.format(
            port=port,
            access_key=access_key,
            keap_url=keap_url,
            keap_token=keap_token,
            application_password=APPLICATION_PASSWORD,
            roles=roles,
        )
    )
    file.chmod(0o600)
    return file
