"""The configuration: read from one YAML file, checked as a whole, its mistakes named together."""

from bridge.config.addresses import Listen
from bridge.config.loading import Loaded, load
from bridge.config.mapping import WORDPRESS_FIELDS
from bridge.config.model import (
    Config,
    Keap,
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
    "WORDPRESS_FIELDS",
    "Config",
    "ConfigProblems",
    "FieldSource",
    "Keap",
    "Listen",
    "Loaded",
    "Problem",
    "Roles",
    "Server",
    "Sources",
    "Tags",
    "Users",
    "WordPress",
    "load",
]
