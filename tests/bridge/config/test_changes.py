"""What a running bridge takes of a new version of the configuration."""

import pytest

from bridge.config.changes import differences, renewal
from tests.bridge.config.conftest import SITE, LoadText

OLD = SITE + "users: {notify: always}\nfields: {first_name: FirstName, city: City}\n"


@pytest.mark.parametrize(
    ("new", "changed", "waiting"),
    [
        (OLD, (), ()),
        (OLD.replace("always", "never"), ("users.notify",), ()),
        (OLD + "tags: {meta: null}\n", ("tags.meta",), ()),
        (OLD.replace("city: City", "town: City"), ("fields.city", "fields.town"), ()),
        (
            OLD.replace("City", "{from: City, when_empty: clear}"),
            ("fields.city.when_empty",),
            (),
        ),
        (OLD + "keap: {seconds: 9}\n", (), ("keap.seconds",)),
        (
            OLD.replace("always", "never") + "server: {path: /other}\n",
            ("users.notify",),
            ("server.path",),
        ),
        (
            OLD + "server: {access_keys: [an-entirely-different-key-1]}\n",
            (),
            ("server.access_keys",),
        ),
    ],
)
def test_keys_are_taken_or_wait(
    load_text: LoadText, new: str, changed: tuple[str, ...], waiting: tuple[str, ...]
) -> None:
    """An owner would believe that a change holds which does not, or the other way round."""
    started, wanted = load_text(OLD).config, load_text(new).config
    taken = renewal(started, started, wanted)

    assert (taken.changed, taken.wait_for_restart) == (changed, waiting)
    assert (taken.config.users, taken.config.fields) == (wanted.users, wanted.fields)
    assert (taken.config.server, taken.config.keap) == (started.server, started.keap)
    assert differences(taken.config, wanted) == waiting


def test_what_waits_goes_on_waiting(load_text: LoadText) -> None:
    """The second edit would hide that the first one still needs a restart."""
    started = load_text(OLD).config
    first = renewal(started, started, load_text(OLD + "keap: {seconds: 9}\n").config)
    second = load_text(OLD.replace("always", "never") + "keap: {seconds: 9}\n").config

    again = renewal(started, first.config, second)

    assert (again.changed, again.wait_for_restart) == (("users.notify",), ("keap.seconds",))
