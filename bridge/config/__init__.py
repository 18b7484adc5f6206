"""The configuration: read from one YAML file, checked as a whole, its mistakes named together."""

from bridge.config.addresses import Listen
from bridge.config.keap import After, Keap
from bridge.config.loading import Loaded, load
from bridge.config.mapping import SPECIAL_TARGETS, WORDPRESS_FIELDS
from bridge.config.model import Config, Server, WordPress
from bridge.config.problems import ConfigProblems, Problem
from bridge.config.secret import Sources
from bridge.config.sources import FieldSource
from bridge.config.tags import Tags
from bridge.config.users import Passwords, ReturnToKeap, Roles, Users

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
