"""``python -m bridge.cli`` is ``keap-bridge``."""

from bridge.cli import main

main()
