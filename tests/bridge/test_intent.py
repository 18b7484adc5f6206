"""Folding: what several waiting deliveries of one contact ask for together."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.delivery import Action, Delivery
from bridge.intent import Intent, fold


def delivery(
    action: Action = "add", roles: Sequence[str] = (), *, notify: bool | None = None
) -> Delivery:
    """Make a waiting delivery of contact 1001."""
    return Delivery(
        number=1,
        id="01K",
        contact="1001",
        action=action,
        roles=tuple(roles),
        notify=notify,
        received_at=datetime(2026, 11, 23, tzinfo=UTC),
        state="waiting",
        attempts=0,
        due_at=None,
        finished_at=None,
        reason="",
        caveats=(),
        user_id=None,
    )


@pytest.mark.parametrize(
    ("waiting", "together"),
    [
        ([delivery("update_tags")], Intent("update_tags", (), notify=False)),
        ([delivery("update_tags", ["gold"])], Intent("update_tags", (), notify=False)),
        ([delivery("update", ["gold"], notify=True)], Intent("update", ("gold",), notify=False)),
        ([delivery(notify=True), delivery(notify=False)], Intent("add", (), notify=True)),
        (
            [delivery("update", ["gold"]), delivery("add"), delivery("update_tags", ["x"])],
            Intent("add", ("gold",), notify=False),
        ),
        (
            [delivery(roles=["gold"]), delivery(roles=["silver"])],
            Intent("add", ("silver",), notify=False),
        ),
    ],
)
def test_what_was_asked_is_united(waiting: list[Delivery], together: Intent) -> None:
    """Something that one of the Posts asked for would be dropped, or invented."""
    assert fold(waiting) == together


deliveries = st.builds(
    delivery,
    st.sampled_from(["add", "update", "update_tags"]),
    st.lists(st.sampled_from(["gold", "silver"]), max_size=1),
    notify=st.sampled_from([True, False, None]),
)


@given(st.lists(deliveries, min_size=1, max_size=6))
def test_folding_twice_is_folding_once(waiting: list[Delivery]) -> None:
    """A repeated Post would change what is done."""
    assert fold([*waiting, *waiting]) == fold(waiting)


@given(st.lists(deliveries, min_size=1, max_size=4), deliveries)
def test_another_delivery_never_takes_away(waiting: list[Delivery], more: Delivery) -> None:
    """A later, weaker Post would cancel what an earlier one asked for."""
    before, after = fold(waiting), fold([*waiting, more])

    reach = {"update_tags": 0, "update": 1, "add": 2}
    assert reach[after.action] >= reach[before.action]
    assert after.notify >= before.notify
    assert bool(after.roles) >= bool(before.roles)
