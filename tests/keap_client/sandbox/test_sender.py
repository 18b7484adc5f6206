"""The HTTP Post as it arrives at a receiver that looks at every byte."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import pytest
from aiohttp import web

from keap_client.sandbox import HttpPostStep, Manner, Tenant, demo_tenant, send_http_post

PAIRS = (
    ("contactId", "~Contact.Id~"),
    ("wpf_action", "add"),
    ("access_key", "kéy + & ="),
    ("name", "~contact.FIRSTNAME~ ~Contact.LastName~"),
)


@dataclass
class Receiver:
    """Keeps what it is sent and answers with the statuses queued, then with 200."""

    url: str = ""
    posts: list[tuple[str, bytes]] = field(default_factory=list)
    """Content-Type and body of each."""
    statuses: list[int] = field(default_factory=list)
    pause: float = 0.0
    at_once: int = 0
    most_at_once: int = 0

    async def take(self, request: web.Request) -> web.Response:
        """Keep a Post."""
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        self.posts.append((request.headers["Content-Type"], await request.read()))
        await asyncio.sleep(self.pause)
        self.at_once -= 1
        status = self.statuses.pop(0) if self.statuses else 200
        headers = {"Location": self.url + "/elsewhere"} if status == 302 else {}
        return web.Response(status=status, text=f"answer {len(self.posts)}", headers=headers)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver on loopback."""
    made = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", made.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    made.url = f"http://{host}:{port}/hook"
    yield made
    await runner.cleanup()


@pytest.fixture
def tenant() -> Tenant:
    """The demo's application."""
    return demo_tenant()


async def test_a_post_is_a_form_in_the_order_set_up(receiver: Receiver, tenant: Tenant) -> None:
    """The pairs come url-encoded, in order, merge fields filled in whatever their case."""
    sent = await send_http_post(HttpPostStep(receiver.url, PAIRS), tenant.contacts["1001"], tenant)

    assert receiver.posts == [
        (
            "application/x-www-form-urlencoded",
            b"contactId=1001&wpf_action=add&access_key=k%C3%A9y+%2B+%26+%3D&name=Zo%C3%AB+Smith",
        )
    ]
    assert [(one.status, one.body) for one in sent] == [(200, "answer 1")]


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("~Contact.Id~", "1001"),
        ("~CONTACT.ID~", "1001"),
        ("~Contact.Email~", "zoe@example.com"),
        ("~Contact.EmailAddress2~", "zoe.work@example.com"),
        ("~Contact._Country0~", "United States"),
        ("~Contact._Age0~", "32"),
        ("~Contact._WPPassword~", ""),
        ("~Contact.City2~", ""),
        ("~Contact.State~", "Arizona"),
        ("~Contact.Phone1~ ext. ~Contact.Phone1Ext~", "(555) 123-4567 ext. 101"),
        ("~Company.Name~ / ~Contact.Company~", "Thrive & Sons / Thrive & Sons"),
        ("~Owner.FirstName~", "Olive"),
        ("~Contact.NoSuchField~", "~Contact.NoSuchField~"),
        ("~Order.Id~ ~", "~Order.Id~ ~"),
    ],
)
async def test_merge_fields_are_filled_in(
    receiver: Receiver, tenant: Tenant, text: str, filled: str
) -> None:
    """Known fields give their value or nothing; what Keap does not know stays as written."""
    step = HttpPostStep(receiver.url, (("v", text),))

    await send_http_post(step, tenant.contacts["1001"], tenant)

    assert parse_qsl(receiver.posts[0][1].decode(), keep_blank_values=True) == [("v", filled)]


async def test_without_a_contact_the_id_is_empty(receiver: Receiver, tenant: Tenant) -> None:
    """A Post for nobody has every merge field empty."""
    await send_http_post(HttpPostStep(receiver.url), None, tenant)

    assert receiver.posts[0][1] == b"contactId="


async def test_merge_fields_can_stay_literal(receiver: Receiver, tenant: Tenant) -> None:
    """A trial run of the editor sends the merge field itself."""
    step = HttpPostStep(receiver.url)

    await send_http_post(step, tenant.contacts["1001"], tenant, Manner(merge=False))

    assert receiver.posts[0][1] == b"contactId=~Contact.Id~"


async def test_a_space_has_two_spellings(receiver: Receiver, tenant: Tenant) -> None:
    """``%20`` can be had in place of ``+``; a real plus is escaped in either."""
    step = HttpPostStep(receiver.url, (("a b", "1 + 1"),))

    await send_http_post(step, None, tenant, Manner(space="%20"))
    await send_http_post(step, None, tenant)

    assert [body for _, body in receiver.posts] == [b"a%20b=1%20%2B%201", b"a+b=1+%2B+1"]


@pytest.mark.parametrize("declared", [True, False])
async def test_a_form_may_be_in_another_charset(
    receiver: Receiver, tenant: Tenant, *, declared: bool
) -> None:
    """ISO-8859-1 is one byte a letter, whether the Content-Type says so or not."""
    step = HttpPostStep(receiver.url, (("name", "~Contact.FirstName~ €"),))
    manner = Manner(charset="iso-8859-1", declare_charset=declared)

    await send_http_post(step, tenant.contacts["1001"], tenant, manner)

    content_type, body = receiver.posts[0]
    assert body == b"name=Zo%EB+%3F"
    assert ("charset=iso-8859-1" in content_type) is declared


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
async def test_a_form_may_be_multipart(receiver: Receiver, tenant: Tenant, charset: str) -> None:
    """Multipart carries the same pairs, each a part with its name."""
    step = HttpPostStep(receiver.url, (("name", "~Contact.FirstName~"), ("role", "")))
    manner = Manner(encoding="multipart", charset=charset, declare_charset=charset != "utf-8")

    await send_http_post(step, tenant.contacts["1001"], tenant, manner)

    content_type, body = receiver.posts[0]
    assert content_type.startswith("multipart/form-data; boundary=")
    assert b'form-data; name="name"' in body
    assert b"\r\n\r\n" + "Zoë".encode(charset) + b"\r\n" in body
    declared = b"Content-Type: text/plain; charset=iso-8859-1" in body
    assert declared is (b"Content-Type" in body) is (charset != "utf-8")


async def test_the_whole_record_follows_the_pairs(receiver: Receiver, tenant: Tenant) -> None:
    """A legacy action posts every field of the contact, the empty ones too."""
    step = HttpPostStep(receiver.url, (("access_key", "k"),))

    await send_http_post(step, tenant.contacts["1001"], tenant, Manner(whole_record=True))

    pairs = parse_qsl(receiver.posts[0][1].decode(), keep_blank_values=True)
    assert pairs[:3] == [("access_key", "k"), ("Id", "1001"), ("FirstName", "Zoë")]
    record = dict(pairs)
    assert (record["City"], record["_Country0"], record["Phone2"]) == (
        "Phoenix",
        "United States",
        "",
    )
    assert record["Groups"] == "91,93"


@pytest.mark.parametrize(
    ("statuses", "met"),
    [
        ([], [200]),
        ([500], [500, 200]),
        ([503, 302], [503, 302, 200]),
        ([403, 403, 403, 403], [403, 403, 403]),
        ([204], [204, 200]),
    ],
)
async def test_a_post_is_repeated_until_200(
    receiver: Receiver, tenant: Tenant, statuses: list[int], met: list[int]
) -> None:
    """Anything but 200 is sent again, three times in all; a redirect is not followed."""
    receiver.statuses = statuses
    step = HttpPostStep(receiver.url)

    sent = await send_http_post(step, tenant.contacts["1001"], tenant, Manner(gap=0))

    assert [one.status for one in sent] == met
    assert len(receiver.posts) == len(met)
    assert len(set(receiver.posts)) == 1


async def test_keap_may_hang_up_early(receiver: Receiver, tenant: Tenant) -> None:
    """A receiver that is slow is left without being heard, and sent the Post again."""
    receiver.pause = 0.3
    manner = Manner(hang_up_after=0.05, attempts=2, gap=0)

    sent = await send_http_post(HttpPostStep(receiver.url), tenant.contacts["1001"], tenant, manner)

    assert [(one.status, one.error) for one in sent] == [(None, "TimeoutError")] * 2
    assert len(receiver.posts) == 2


async def test_the_same_post_may_come_twice_at_once(receiver: Receiver, tenant: Tenant) -> None:
    """Two identical Posts are under way at the same moment."""
    receiver.pause = 0.1

    sent = await send_http_post(
        HttpPostStep(receiver.url), tenant.contacts["1001"], tenant, Manner(parallel=2)
    )

    assert [one.status for one in sent] == [200, 200]
    assert receiver.most_at_once == 2
    assert receiver.posts[0] == receiver.posts[1]


async def test_nobody_listens(tenant: Tenant) -> None:
    """Where nothing listens the attempt says why there is no status."""
    step = HttpPostStep("http://127.0.0.1:1/hook")

    sent = await send_http_post(step, None, tenant, Manner(attempts=1))

    assert (sent[0].status, sent[0].error) == (None, "ClientConnectorError")


def test_a_step_keeps_its_values_to_itself() -> None:
    """The access key in a pair does not stand in the step's ``repr``."""
    assert "kéy" not in repr(HttpPostStep("http://127.0.0.1/", PAIRS))
