"""What is remembered of the last HTTP Posts."""

from datetime import timedelta
from http import HTTPStatus

from bridge.last_posts import REMEMBERED, AnsweredPost, LastPosts
from tests.bridge.simulated import NOON


def test_strangers_do_not_push_the_owners_post_out() -> None:
    """Somebody who tries keys would hide that the owner's test Post has arrived."""
    posts = LastPosts()
    own = AnsweredPost(NOON, HTTPStatus.OK)
    posts.note(own)

    for second in range(1, 100):
        at = NOON + timedelta(seconds=second)
        posts.note(AnsweredPost(at, HTTPStatus.FORBIDDEN, refusal="The access key is wrong."))

    found = posts.newest_first()
    assert found[-1] == own
    assert len(found) == REMEMBERED + 1
    assert found[0].at == NOON + timedelta(seconds=99)
