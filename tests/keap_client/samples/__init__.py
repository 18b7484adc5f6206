"""Answers of Keap's, as they were recorded or reported by those who integrate with it."""

import json
from pathlib import Path

from keap_client.call import Answer


def sample(name: str) -> Answer:
    """Give a recorded answer by its name, as in ``404-contact``."""
    recorded = json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))
    return Answer(recorded["status"], recorded["headers"], recorded["body"].encode())
