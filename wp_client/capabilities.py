"""Whose rights put them out of reach: what the companion keeps to, kept to without it as well."""

import re
from collections.abc import Iterable

PRIVILEGED = frozenset(
    [
        "manage_options",
        "edit_users",
        "promote_users",
        "create_users",
        "edit_plugins",
        "install_plugins",
        "upload_plugins",
        "activate_plugins",
        "edit_themes",
        "install_themes",
        "upload_themes",
        "edit_files",
        "unfiltered_upload",
        "keap_bridge_sync_users",
        "delete_users",
        "list_users",
        "remove_users",
        "add_users",
        "edit_dashboard",
        "edit_theme_options",
        "customize",
        "switch_themes",
        "delete_themes",
        "update_themes",
        "delete_plugins",
        "update_plugins",
        "update_core",
        "install_languages",
        "update_languages",
        "unfiltered_html",
        "export",
        "import",
        "manage_categories",
        "manage_links",
        "moderate_comments",
        "manage_woocommerce",
        "view_woocommerce_reports",
        "manage_privacy_options",
        "view_site_health_checks",
        "resume_plugins",
        "resume_themes",
    ]
)
"""Customers, students, subscribers, readers and authors of their own posts have none of these."""

PRIVILEGED_START = re.compile(
    r"(edit|delete|export|erase)_others_|(manage|create|delete|setup|upgrade)_(network|sites?)"
)
"""Capabilities on others' content, of any plugin, and those of a network's master."""

NEEDED_BY_CORE = ("list_users", "create_users", "edit_users", "promote_users")
"""What the account needs where there is no companion."""


def is_privileged(capabilities: Iterable[str]) -> bool:
    """Whether a user with these capabilities keeps role, address and password as they are."""
    return any(held in PRIVILEGED or PRIVILEGED_START.match(held) for held in capabilities)
