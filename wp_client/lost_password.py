"""WordPress's lost-password form: the one mail that a site sends without the companion's help."""

from http import HTTPStatus
from urllib.parse import urlsplit

from wp_client.answers import error_of, speaks_itself
from wp_client.call import Answer, Call
from wp_client.errors import Blocked, NotificationFailed
from wp_client.in_front import named_by_page

PAGE = "wp-login.php"
CONFIRMED = "checkemail=confirm"
"""In the address that a browser is sent to once the mail is out."""

FORM = b"lostpasswordform"
"""The form's name in the page: WordPress shows it again where it has sent nothing."""


def ask_for_mail(address: str, user_id: int) -> Call[None]:
    """Have a link to set a password mailed to the user with this address.

    Raises (when read):
        NotificationFailed: WordPress showed the form again: it could not send, or wants a captcha.
        Blocked: Something hides or guards the page.
        WordPressError: Anything else; ``may_be_done`` wherever it may have come in place of
            WordPress's answer, the mail sent.
    """

    def read(answer: Answer) -> None:
        _read(answer, user_id)

    return Call(
        "POST",
        PAGE,
        read,
        query=(("action", "lostpassword"),),
        form=(("user_login", address), ("redirect_to", ""), ("wp-submit", "")),
        target="site",
        signed=False,
        name="ask_for_lost_password_mail",
    )


def _read(answer: Answer, user_id: int) -> None:
    location = answer.headers.get("location", "")
    if CONFIRMED in location:
        return
    # Any other page may have come in place of the confirmation, after the mail had left.
    shown_again = answer.status == HTTPStatus.OK and FORM in answer.body
    if shown_again and named_by_page(answer) is None:
        raise NotificationFailed(user_id)
    moved = urlsplit(location).netloc and urlsplit(location).path.endswith(PAGE)
    if answer.status == HTTPStatus.NOT_FOUND or (location and not moved):
        raise Blocked(by="a plugin that hides WordPress's log-in page", status=answer.status)
    error = error_of(answer)
    error.may_be_done = error.may_be_done or not _came_first(answer)
    raise error


def _came_first(answer: Answer) -> bool:
    """Whether this refusal is known to come before a mail: from WordPress, or a known guard.

    A proxy's 503, or a 403 without a name, may stand for an answer that it did not let through.
    """
    return speaks_itself(answer) or named_by_page(answer) is not None
