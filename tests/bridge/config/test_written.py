"""The mapping as the page shows it."""

import os
from pathlib import Path

import yaml

from bridge.config import load
from bridge.config.written import mapping_as_yaml

MAPPING = """\
users:
  roles: {allowed: [subscriber, gold]}
  notify: never
fields:
  first_name: FirstName
  display_name: {template: "{FirstName} {LastName}"}
  billing_country: {from: Country, as: country_alpha2, when_empty: clear}
tags:
  names: true
  roles: {"Gold member": gold}
"""
SECRETS = """\
server: {access_keys: [f3a9c1d27b5e4086a1c4e2b9], admin_password: correct horse battery}
keap: {token: KeapAK-0123456789abcdef}
wordpress: {url: "http://127.0.0.1:9", application_password: "abcd EFGH ijkl MNOP qrst UVWX"}
"""


def test_what_is_shown_means_the_same(tmp_path: Path) -> None:
    """An owner would copy from the page what does something else."""
    file = tmp_path / "config.yaml"
    file.write_text(SECRETS + MAPPING)
    file.chmod(0o600)
    config = load(file, {}).config

    shown = mapping_as_yaml(config)
    file.write_text(SECRETS + shown)

    again = load(file, os.environ).config
    assert (again.users, again.fields, again.tags) == (config.users, config.fields, config.tags)
    assert "  first_name: FirstName\n" in shown
    assert "    as: country_alpha2\n" in shown


def test_no_section_with_secrets_is_shown(tmp_path: Path) -> None:
    """The keys would stand on a page."""
    file = tmp_path / "config.yaml"
    file.write_text(SECRETS + MAPPING)
    file.chmod(0o600)

    assert set(yaml.safe_load(mapping_as_yaml(load(file, {}).config))) == {
        "users",
        "fields",
        "tags",
    }
