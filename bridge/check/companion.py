"""What the companion's answers mean: its version, its account, roles, user meta. Pure."""

import difflib
from collections.abc import Iterator, Mapping, Sequence

from bridge.check.finding import Finding
from bridge.check.wordpress import UPDATE
from bridge.config import SPECIAL_TARGETS, WORDPRESS_FIELDS, Config
from wp_client.models import CompanionSite, GivenRole

OTHER_WRITERS = {
    "wp-fusion/wp-fusion.php": "WP Fusion",
    "wp-fusion-lite/wp-fusion-lite.php": "WP Fusion Lite",
}
"""What people call the plugins that the companion names."""

ROLES = "define( 'KEAP_BRIDGE_ROLES', '{}' );"


def meta_keys(config: Config) -> tuple[str, ...]:
    """Give every user meta key that the configuration has the bridge write."""
    mapped = [name for name in config.fields if name not in (*WORDPRESS_FIELDS, *SPECIAL_TARGETS)]
    return (*mapped, *config.tags.own_keys)


def on_companion(site: CompanionSite, config: Config, version: str) -> Iterator[Finding]:
    """Say everything that the companion tells about its site.

    Args:
        site: What it told.
        config: What it is to do.
        version: The companion's version that belongs to this bridge.
    """
    user = config.wordpress.user
    about = f"companion {site.companion}, WordPress {site.wordpress}, PHP {site.php}"
    yield Finding("ok", "WordPress", f"it takes the application password of {user} ({about})")
    yield from _on_version(site.companion, version)
    yield from _on_account(site, user)
    if not site.locks:
        yield Finding(
            "warning",
            "WordPress",
            "its database has no locks (GET_LOCK): two programs that make a user for the same"
            " address in the same moment make two",
            "Let no other program make users from Keap, or move the site to MySQL or MariaDB.",
        )
    yield from _on_other_writers(site.beside)
    yield from on_roles(site, config.users.roles.allowed)


def _on_other_writers(plugins: Sequence[str]) -> Iterator[Finding]:
    # https://wpfusion.com/documentation/getting-started/general-settings/#push
    for name in sorted({OTHER_WRITERS.get(plugin, plugin) for plugin in plugins}):
        yield Finding(
            "warning",
            "WordPress",
            f"{name} is active too: two programs now write the same users and contacts. {name}"
            " pushes users that are made or changed, by the bridge as well, to Keap again, and a"
            " campaign that posts to both has everything done twice",
            f"Let the campaigns post to one of them. While both are active, switch off in {name}"
            " Create Contacts, Push (General Settings) and Push All (Advanced), unless something"
            f" else on the site needs them. Once all campaigns have moved, deactivate {name}.",
        )


def on_roles(site: CompanionSite, allowed: Sequence[str]) -> Iterator[Finding]:
    """Hold the configured roles against those that the site has and gives."""
    known = {role.slug: role for role in site.roles}
    given = [slug for slug in allowed if slug in known and known[slug].may_be_given]
    if given:
        yield Finding("ok", "WordPress", f"Posts can give the roles {', '.join(given)}")
    for slug in allowed:
        if slug not in known:
            yield Finding(
                "problem",
                "WordPress",
                f"there is no role {slug} (users.roles.allowed)",
                _instead_of(slug, site.roles),
            )
        elif not known[slug].may_be_given:
            yield Finding(
                "problem",
                "WordPress",
                f"the role {slug} may not be given (users.roles.allowed)",
                "The companion gives no role that has rights over the site or over other people's"
                " content, unless wp-config.php lists all roles that the bridge may give:"
                f"\n    {ROLES.format(', '.join([*given, slug]))}"
                "\nIf this line is there already, put the role into it; if the role is not meant,"
                " take it out of users.roles.allowed.",
            )
    default = site.default_role
    if default not in known or not known[default].may_be_given:
        yield Finding(
            "warning",
            "WordPress",
            f"a new user for whom no Post names a role gets none: WordPress's default role"
            f" ({default or 'none'}) may not be given",
            "In WordPress, Settings, General, New User Default Role: choose an ordinary one such"
            " as Subscriber.",
        )


def on_meta(tried: Mapping[str, str]) -> Iterator[Finding]:
    """Say which user meta keys keep what is written to them."""
    if kept := [key for key, came in tried.items() if came == "ok"]:
        yield Finding("ok", "WordPress", f"it keeps the user meta {', '.join(kept)}")
    for key, came in tried.items():
        if came == "refused":
            yield Finding(
                "problem",
                "WordPress",
                f"it protects the user meta key {key}, so the bridge does not write it",
                "Name another key under fields: or tags: in config.yaml.",
            )
        elif came != "ok":
            yield Finding(
                "problem",
                "WordPress",
                f"a value under the user meta key {key} does not stay as it was written",
                "A plugin changes or drops it: look for the one that owns this key, or name"
                " another key under fields: or tags: in config.yaml.",
            )


def _on_version(there: str, ours: str) -> Iterator[Finding]:
    if there == ours:
        return
    sentence = f"its companion has version {there}, this bridge brings {ours}"
    newer = _numbers(there) > _numbers(ours)
    advice = "They understand each other; update the bridge when you can." if newer else UPDATE
    yield Finding("warning", "WordPress", sentence, advice)


def _on_account(site: CompanionSite, user: str) -> Iterator[Finding]:
    if site.account.privileged:
        yield Finding(
            "warning",
            "WordPress",
            f"the account {user} can do more than the bridge needs: whoever gets hold of its"
            " application password can harm the site",
            'Give the bridge an account of its own that has the role "Keap bridge" and no other.',
        )


def _instead_of(slug: str, roles: Sequence[GivenRole]) -> str:
    called = [role.slug for role in roles if role.name.casefold() == slug.casefold()]
    near = difflib.get_close_matches(slug, [role.slug for role in roles if role.may_be_given])
    meant = [*called, *near]
    if meant:
        return f"Did you mean {' or '.join(dict.fromkeys(meant))}?"
    given = ", ".join(role.slug for role in roles if role.may_be_given)
    return (
        f"Make the role in WordPress, or take it out of users.roles.allowed. Roles there: {given}."
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
