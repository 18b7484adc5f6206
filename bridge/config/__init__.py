"""The configuration: read from one YAML file, checked as a whole, its mistakes named together."""

from bridge.config.addresses import Listen
from bridge.config.loading import Loaded, load
from bridge.config.mapping import SPECIAL_TARGETS, WORDPRESS_FIELDS
from bridge.config.model import (
    After,
    Config,
    Keap,
    Passwords,
    ReturnToKeap,
    Roles,
    Server,
    Tags,
    Users,
    WordPress,
)
from bridge.config.problems import ConfigProblems, Problem
from bridge.config.secret import Sources
from bridge.config.sources import FieldSource

__all__ = [
    "SPECIAL_TARGETS",
    "WORDPRESS_FIELDS",
    "After",
    "Config",
    "ConfigProblems",
    "FieldSource",
    "Keap",
    "Listen",
    "Loaded",
    "Passwords",
    "Problem",
    "ReturnToKeap",
    "Roles",
    "Server",
    "Sources",
    "Tags",
    "Users",
    "WordPress",
    "load",
]
