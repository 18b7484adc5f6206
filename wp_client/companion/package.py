"""The companion as a file for ``mu-plugins`` and as a plugin that WordPress installs from a zip."""

import io
import re
import zipfile
from importlib.resources import files

PLUGIN = "keap-bridge"
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can name: the same files always give the same bytes."""

README = """\
=== Keap bridge companion ===
Requires at least: {wordpress}
Requires PHP: {php}
Stable tag: {version}
License: GPL-2.0-or-later
License URI: https://www.gnu.org/licenses/gpl-2.0.html

Lets the Keap to WordPress bridge create and update users, with an account that can do nothing else.

== Description ==

The plugin has no settings page. It adds the role "Keap bridge" and one address that only accounts
with this role can use. The bridge itself runs outside WordPress.

== Installation ==

1. Plugins, Add New, Upload Plugin: choose the zip, install, activate.
2. Users, Add New: make an account for the bridge, with an e-mail address of its own and the role
   "Keap bridge".
3. Edit this account, Application Passwords: add one, and give it to the bridge.

The bridge gives only roles without privileged capabilities. To name the roles yourself, add a line
to wp-config.php: define( 'KEAP_BRIDGE_ROLES', 'subscriber, gold' );
"""


def companion_text() -> str:
    """The PHP file's text."""
    return files(__package__).joinpath(f"{PLUGIN}.php").read_text("utf-8")


def companion_version() -> str:
    """The version that the PHP file's header names."""
    return _header("Version")


def plugin_zip() -> bytes:
    """The plugin as WordPress's "Upload Plugin" takes it: the same bytes for the same companion."""
    readme = README.format(
        version=companion_version(),
        wordpress=_header("Requires at least"),
        php=_header("Requires PHP"),
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in ((f"{PLUGIN}.php", companion_text()), ("readme.txt", readme)):
            entry = zipfile.ZipInfo(f"{PLUGIN}/{name}", EARLIEST)
            entry.create_system = 3  # Unix, wherever this runs: the next line means its modes
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)  # stored: compressors differ between zlib's versions
    return packed.getvalue()


def _header(name: str) -> str:
    found = re.search(rf"^ \* {name}:\s*(\S+)$", companion_text(), re.MULTILINE)
    if found is None:
        message = f"The companion's header names no {name}."
        raise ValueError(message)
    return found[1]
