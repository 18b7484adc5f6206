"""What can go wrong with Keap, each error with the data that is needed to act on it.

The text of every error is a sentence or two for the person who runs the site: what happened, and
what to do.
No error carries a credential, the body of an answer, or anything about a contact but its id.
The errors stand in two groups: those that only a person can mend, and those that pass.
"""

from http import HTTPStatus

from keap_client.quota import Quota


class KeapError(Exception):
    """The root: whatever this package raises on purpose."""


# ---------------------------------------------------------------------------------------------
# A person must act: the same call will fail again until somebody has changed something.
# ---------------------------------------------------------------------------------------------


class KeapRefused(KeapError):
    """Keap does not accept the credentials (401), or they may not do this (403)."""

    def __init__(self, status: int, errorcode: str = "") -> None:
        """Take the status and the gateway's error code, which may be missing."""
        self.status = status
        self.errorcode = errorcode
        if errorcode.endswith("access_token_expired"):
            advice = "The access token has expired: authorise again, or use a token without expiry."
        elif status == HTTPStatus.FORBIDDEN:
            advice = (
                "The token is known, but may not do this: in Keap, give its user the rights to read"
                " and write contacts, or use a Service Account Key."
            )
        else:
            advice = (
                "Keap does not accept the token: make a Personal Access Token or a Service Account"
                " Key in Keap under Settings, API Settings, and configure it in full."
            )
        super().__init__(f"{advice} (HTTP {status}{f', {errorcode}' if errorcode else ''})")


class KeapMisaddressed(KeapError):
    """Nothing of Keap's API is behind the address: the base URL is wrong."""

    def __init__(self, status: int) -> None:
        """Take the status."""
        self.status = status
        super().__init__(
            f"The address is not that of Keap's REST API (HTTP {status} without Keap's own error"
            " message). Check the configured URL; it usually is"
            " https://api.infusionsoft.com/crm/rest/v2"
        )


class KeapRedirected(KeapError):
    """Keap's address redirects; a redirect is never followed, as it would carry the token along."""

    def __init__(self, status: int, location: str) -> None:
        """Take the status, and the origin (scheme, host, port) that it points to, or nothing."""
        self.status = status
        self.location = location
        target = f" to {location}" if location else ""
        super().__init__(
            f"Keap's API redirects{target} (HTTP {status}), which is never followed."
            " Configure the address that it redirects to, if it is Keap's."
        )


class NotFound(KeapError):
    """What the call names does not exist in this Keap application."""

    def __init__(self, what: str) -> None:
        """Take what was looked for, as in ``tag 91``."""
        self.what = what
        super().__init__(f"Keap has no {what}. It may have been deleted.")


class ContactNotFound(NotFound):
    """The contact does not exist (any more) in this Keap application."""

    def __init__(self, contact: str) -> None:
        """Take the contact's id."""
        self.contact = contact
        super().__init__(f"contact {contact}")


class KeapRejected(KeapError):
    """Keap understood who we are, but not what we want: our request is wrong."""

    def __init__(self, status: int, message: str) -> None:
        """Take the status and Keap's own words, made safe (see ``answers``), or nothing."""
        self.status = status
        self.message = message
        said = f' It said: "{message}".' if message else ""
        super().__init__(
            f"Keap rejected the request (HTTP {status}).{said} Look up the fields and tags that"
            " the configuration names; if they are right, please report this."
        )


class GrantGone(KeapError):
    """OAuth: Keap does not take the refresh token, or the code, any more (``invalid_grant``)."""

    def __init__(self) -> None:
        """Nothing more is known."""
        super().__init__(
            "Keap no longer accepts the bridge's authorisation: it was withdrawn, lay unused for 45"
            " days, or its last token was lost. Run keap-bridge authorize; what is held goes on by"
            " itself."
        )


class NotAuthorised(KeapError):
    """OAuth: nobody has let the bridge into Keap yet, or what was kept of it cannot be read."""

    def __init__(self, *, unreadable: bool = False) -> None:
        """Take whether there is an authorisation, made with another client secret."""
        why = (
            "The kept authorisation belongs to another keap.oauth.client_secret"
            if unreadable
            else "Keap has not let the bridge in yet"
        )
        super().__init__(f"{why}: run keap-bridge authorize.")


class AuthorisationRefused(KeapError):
    """OAuth: what came back from Keap's page lets nobody in."""

    def __init__(self, reason: str) -> None:
        """Take the reason, as in ``there is no code in it``; never the address itself."""
        self.reason = reason
        super().__init__(f"This does not authorise the bridge: {reason}. Begin again.")


class OAuthClientRefused(KeapError):
    """OAuth: Keap does not know the application, or its secret is wrong (``invalid_client``)."""

    def __init__(self, status: int) -> None:
        """Take the status."""
        self.status = status
        super().__init__(
            "Keap does not accept the application: compare keap.oauth.client_id and"
            f" keap.oauth.client_secret with Keap's developer portal. (HTTP {status})"
        )


# ---------------------------------------------------------------------------------------------
# These pass by themselves: the same call may well succeed later.
# ---------------------------------------------------------------------------------------------


class KeapUnreachable(KeapError):
    """No answer came: no address, no connection, no certificate, or not in time.

    Whether Keap carried the request out is unknown.
    """

    def __init__(self, reason: str) -> None:
        """Take the reason, as in ``its host name could not be looked up``."""
        self.reason = reason
        super().__init__(
            f"Keap could not be reached: {reason}. Check this machine's connection to the internet"
            " and https://status.thryv.com if it does not pass."
        )


class KeapThrottled(KeapError):
    """Keap wants us to slow down, or the day's calls are used up (429)."""

    def __init__(self, retry_after: float | None, quota: Quota | None) -> None:
        """Take the seconds to wait, if Keap named them, and the quota as it stands."""
        self.retry_after = retry_after
        self.quota = quota
        wait = f" It asks to wait {retry_after:.0f} seconds." if retry_after is not None else ""
        super().__init__(
            f"Keap answers no more calls for now: too many were made.{wait} If this happens often,"
            " make fewer calls a minute, or see what else uses the same token."
        )


class KeapBroken(KeapError):
    """Keap failed (5xx), or its answer is not what its API promises."""

    def __init__(self, status: int, what: str = "", retry_after: float | None = None) -> None:
        """Take the status, what is wrong with the answer, and the seconds to wait if named."""
        self.status = status
        self.retry_after = retry_after
        detail = f": {what}" if what else ""
        super().__init__(
            f"Keap's answer makes no sense (HTTP {status}{detail})."
            " See https://status.thryv.com if it does not pass."
        )


class TagNotApplied(KeapError):
    """Keap did not give one contact a tag, and does not say why; others may get it."""

    def __init__(self, word: str) -> None:
        """Take Keap's word for how it went."""
        self.word = word
        super().__init__(f"Keap did not give the contact a tag ({word}).")
