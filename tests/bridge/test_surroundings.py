"""What the world gives to the bridge."""

from bridge.surroundings import _Ulids, new_ulid


def test_ids_differ_and_sort_by_time() -> None:
    """Two deliveries would be one, or a list of them would be out of order."""
    ids = [new_ulid() for _ in range(5000)]

    assert len(set(ids)) == len(ids)
    assert sorted(ids) == ids
    assert {len(each) for each in ids} == {26}


def test_chance_is_never_given_out_twice() -> None:
    """Two bridges, or one after a restart, could give the same id in the same millisecond."""
    ulids = _Ulids()
    drawn = [ulids._draw(0) for _ in range(2000)]

    assert len(set(drawn)) == len(drawn)
    assert {len(each) for each in drawn} == {10}
