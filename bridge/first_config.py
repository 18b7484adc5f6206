"""The configuration that ``init`` writes: what has to be said, and nothing else. Pure."""

import json
from dataclasses import dataclass

SECRETS = "secrets"
"""The folder beside the configuration; a file for each secret, which only its owner reads."""

ACCESS_KEY = "access_key"
KEAP_TOKEN = "keap_token"  # noqa: S105 - a file's name
APPLICATION_PASSWORD = "application_password"  # noqa: S105 - a file's name
ADMIN_PASSWORD = "admin_password"  # noqa: S105 - a file's name

TEXT = """\
# Made by keap-bridge init. What every key does, and all the others: docs/config.md.
# The secrets stand in the folder {secrets}, one file each.

server:
  access_keys: [{{file: {secrets}/{access_key}}}]     # what access_key says in the HTTP Post
  store: sqlite:///data/bridge.db
{page}
keap:
  token: {{file: {secrets}/{keap_token}}}

wordpress:
  url: {url}
  user: {user}
  application_password: {{file: {secrets}/{application_password}}}

users:
  roles:
    allowed: [{roles}]      # the roles that a Post may give

fields:                     # WordPress field or user meta key: Keap field
  first_name: FirstName
  last_name: LastName
  user_email: Email
"""

PAGE = """\
  admin_password: {{file: {secrets}/{admin_password}}}   # opens http://127.0.0.1:8081/admin/
"""


@dataclass(frozen=True, slots=True)
class Answers:
    """What the site's owner says."""

    url: str
    """Of the WordPress site."""
    user: str
    """The bridge's account there."""
    roles: tuple[str, ...]
    page: bool
    """Whether there is a page."""


def config_text(answers: Answers) -> str:
    """Write the configuration; what was answered stands in quotes where YAML could misread it."""
    names = {
        "secrets": SECRETS,
        "access_key": ACCESS_KEY,
        "keap_token": KEAP_TOKEN,
        "application_password": APPLICATION_PASSWORD,
        "admin_password": ADMIN_PASSWORD,
    }
    return TEXT.format(
        **names,
        page=PAGE.format(**names) if answers.page else "",
        url=_quoted(answers.url),
        user=_quoted(answers.user),
        roles=", ".join(_quoted(role) for role in answers.roles),
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # JSON is YAML
