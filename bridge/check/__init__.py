"""What ``keap-bridge check`` finds out: questions to both ends, and what the answers mean.

:mod:`bridge.check.questions` asks; the other modules turn answers into findings and are pure.
"""

from bridge.check.configuration import on_loaded, on_problems
from bridge.check.finding import Finding, Level, is_out_of_reach, lines_of, summary_of
from bridge.check.questions import (
    ask_everybody,
    ask_keap,
    ask_server,
    ask_store,
    ask_wordpress,
)

__all__ = [
    "Finding",
    "Level",
    "ask_everybody",
    "ask_keap",
    "ask_server",
    "ask_store",
    "ask_wordpress",
    "is_out_of_reach",
    "lines_of",
    "on_loaded",
    "on_problems",
    "summary_of",
]
