"""The companion: the one PHP file that a site installs beside WordPress's core.

``PROTOCOL.md`` in this folder says what the companion answers; :mod:`wp_client.by_companion` speaks
to it. Here is the file itself, for whoever installs it.
"""

from wp_client.companion.package import (
    companion_text,
    companion_version,
    plugin_zip,
)

__all__ = ["companion_text", "companion_version", "plugin_zip"]
