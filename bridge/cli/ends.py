"""How a command ends that one of the ends, Keap or WordPress, has let down."""

from bridge.check import is_out_of_reach
from bridge.cli.ending import CannotReach, Ending, Refused
from bridge.verdicts import sentence_of


def ending_of(error: Exception) -> Ending:
    """Give the end of a command that met an error of one of the ends."""
    kind = CannotReach if is_out_of_reach(error) else Refused
    return kind(sentence_of(error))
