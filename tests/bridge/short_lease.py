"""``keap-bridge serve`` whose work others take over after four seconds: run as a program."""

import sys
from datetime import timedelta
from pathlib import Path

from bridge import logs
from bridge.cli.serve import run
from bridge.config import load
from bridge.surroundings import Surroundings


def main(config_file: Path) -> None:
    """Serve with this configuration."""
    loaded = load(config_file, {})
    logs.configure(stream=sys.stderr, json=True, secrets=loaded.config.secret_texts())
    run(loaded, Surroundings(lease=timedelta(seconds=4)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
