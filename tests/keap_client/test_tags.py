"""Calls about tags, as values."""

import pytest

from keap_client.call import Answer
from keap_client.errors import KeapBroken, NotFound
from keap_client.tags import all_tags, apply_tag
from tests.keap_client.conversing import converse


def page(tag: int, token: str | None) -> str:
    """Give a page with one tag."""
    after = f',"next_page_token":"{token}"' if token is not None else ""
    return f'{{"tags":[{{"id":"{tag}","name":"Tag {tag}"}}]{after}}}'


@pytest.mark.parametrize("end", [None, ""])
def test_all_pages_of_tags_are_read(end: str | None) -> None:
    """Tags behind the first page would have no names."""
    tags, calls = converse(
        all_tags(), page(1, "t1"), page(2, "https://x.test/tags?page_token=t2"), page(3, end)
    )

    assert [tag.name for tag in tags] == ["Tag 1", "Tag 2", "Tag 3"]
    assert [call.query[1:] for call in calls] == [
        (),
        (("page_token", "t1"),),
        (("page_token", "t2"),),
    ]


@pytest.mark.parametrize("tokens", [("a", "a"), ("a", "b", "a")])
def test_pages_that_lead_in_a_circle_end_in_an_error(tokens: tuple[str, ...]) -> None:
    """The list of tags would be read for ever, at the cost of all of the day's calls."""
    with pytest.raises(KeapBroken, match="circle"):
        converse(all_tags(), *[page(1, token) for token in tokens])


def test_a_tag_is_applied_to_contacts() -> None:
    """How it went for each contact would be lost."""
    call = apply_tag("91", ["1", "2"])

    assert (call.method, call.path) == ("POST", "tags/91/contacts:applyTags")
    assert call.body == {"contact_ids": ["1", "2"]}
    assert call.read(Answer(200, {}, b'{"results":{"1":"SUCCESS","2":"NEW_WORD"}}')) == {
        "1": "SUCCESS",
        "2": "NEW_WORD",
    }


def test_a_tag_that_was_deleted_is_told_apart() -> None:
    """Nobody would learn which tag of the configuration is missing in Keap."""
    with pytest.raises(NotFound, match="no tag 91"):
        apply_tag("91", ["1"]).read(Answer(404, {}, b'{"message":"Unable to find this Tag"}'))
