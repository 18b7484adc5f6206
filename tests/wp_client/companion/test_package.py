"""The companion as a file: its header, its zip, and what installing the zip does to a site."""

import io
import re
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bridge.demo.wordpress import RunningWordPress
from bridge.demo.wordpress.php import program, version
from tests.wp_client.companion.talking import Companion
from wp_client.companion import companion_text, companion_version, plugin_zip

PLUGIN = "keap-bridge/keap-bridge.php"


def test_the_header_and_the_code_name_one_version() -> None:
    """If false, `check` and WordPress's plugins page tell two versions of one file."""
    assert re.findall(r"const VERSION\s*= '([^']+)';", companion_text()) == [companion_version()]


def test_the_file_is_free_software_that_says_so() -> None:
    """If false, WordPress's licence forbids handing the file on."""
    header = companion_text().partition("namespace")[0]
    for line in ("Requires at least: 5.7", "Requires PHP: 7.4", "License: GPL-2.0-or-later"):
        assert re.search(line.replace(": ", r":\s+"), header)


def test_php_finds_no_fault_in_the_text(tmp_path: Path) -> None:
    """If false, the file takes the whole site down."""
    file = tmp_path / "keap-bridge.php"
    file.write_text(companion_text(), "utf-8")
    subprocess.run([program(version()), "-l", file], check=True, capture_output=True)  # noqa: S603 - PHP itself, on our own file


def test_the_zip_is_a_plugin_and_always_the_same() -> None:
    """If false, WordPress's upload refuses it, or a release cannot be compared."""
    assert plugin_zip() == plugin_zip()
    with zipfile.ZipFile(io.BytesIO(plugin_zip())) as archive:
        assert archive.namelist() == [PLUGIN, "keap-bridge/readme.txt"]
        assert archive.read(PLUGIN).decode() == companion_text()
        assert (
            f"Stable tag: {companion_version()}\n" in archive.read(archive.namelist()[1]).decode()
        )
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


def test_the_plugin_comes_and_goes_with_its_role(
    wordpress_without_companion: RunningWordPress,
) -> None:
    """If false, the zip cannot be activated, or leaves its role behind when it is deleted."""
    site = wordpress_without_companion
    with _installed(site):
        made = site.ask(
            "$account = get_user_by('login', 'svc'); $account->set_role('keap_bridge');"
            "return get_role('keap_bridge')->capabilities;"
        )
        assert made == {"read": True, "keap_bridge_sync_users": True}
        companion = Companion(site, site.accounts["svc"])
        assert companion.request("GET").json()["companion"] == companion_version()
        assert companion.carry_out()["state"] == "created"
        site.ask(
            "require_once ABSPATH . 'wp-admin/includes/plugin.php';"
            "deactivate_plugins($args[0]); uninstall_plugin($args[0]); return 1;",
            PLUGIN,
        )
        assert site.ask("return get_role('keap_bridge');") is None
        (user,) = site.users()
        assert [key for key in user["meta"] if key.startswith("_keap")] == []
        assert user["meta"]["infusionsoft_contact_id"] == "1001"


def test_two_copies_live_side_by_side(wordpress_with_companion: RunningWordPress) -> None:
    """If false, who installs the plugin beside the must-use file loses the site."""
    site = wordpress_with_companion
    with _installed(site):
        assert Companion(site).request("GET").status_code == 200
        assert Companion(site).carry_out()["state"] == "created"
    assert site.php_log() == ""


@contextmanager
def _installed(site: RunningWordPress) -> Iterator[None]:
    """Inside, the zip's plugin is installed and active, as by WordPress's own pages."""
    plugins = site.folder.mu_plugins.parent / "plugins"
    with zipfile.ZipFile(io.BytesIO(plugin_zip())) as archive:
        archive.extractall(plugins)
    try:
        site.ask(
            "require_once ABSPATH . 'wp-admin/includes/plugin.php';"
            "$error = activate_plugin($args[0]);"
            "if (is_wp_error($error)) throw new Exception($error->get_error_message());"
            "return 1;",
            PLUGIN,
        )
        yield
    finally:
        for file in (plugins / "keap-bridge").iterdir():
            file.unlink()
        (plugins / "keap-bridge").rmdir()
