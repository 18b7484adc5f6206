"""Everything that can go wrong between us and WordPress, as errors that carry what to do.

One root, :class:`WordPressError`, and three kinds below it, which say who can help: a person,
time, or nobody (the document itself cannot work).
Messages are sentences for the site's owner; they hold no personal data and nothing of the answer.
"""

from collections.abc import Sequence


class WordPressError(Exception):
    """WordPress did not do what was asked, or we do not know that it did."""

    may_be_done: bool = False
    """Whether WordPress may have carried the request out all the same: look before repeating."""


class NeedsPerson(WordPressError):
    """Somebody has to change something at the site or in the configuration."""


class PassesByItself(WordPressError):
    """The same request may work later."""


class ConcernsDocument(WordPressError):
    """This one document has a problem; WordPress and the connection to it are well."""


# Errors that a person must act on ---------------------------------------------------------------


class WordPressRedirected(NeedsPerson):
    """The address leads somewhere else, and a redirected POST would arrive as an empty GET."""

    def __init__(self, location: str) -> None:
        """``location`` is the site's right address as far as it can be told, else empty."""
        self.location = location
        super().__init__(
            f"WordPress's address is redirected: put {location} in wordpress.url."
            if location
            else "WordPress redirects the request to another page of the same site:"
            " a plugin or the web server's rules do that to its REST API."
        )


class WordPressRefused(NeedsPerson):
    """WordPress does not let this account do that, or does not know who is asking."""

    def __init__(self, code: str, *, needs: str = "") -> None:
        """``needs`` names the capability or role that is missing; empty: the sign-in failed."""
        self.code = code
        self.needs = needs
        super().__init__(
            f"WordPress refuses ({code}): the account in wordpress.user needs {needs}."
            if needs
            else f"WordPress does not accept the sign-in ({code}): make a new application password"
            " for wordpress.user, or run the check to see whether it arrives at all."
        )


class Blocked(NeedsPerson):
    """Something in front of WordPress, or a security plugin in it, does not let us through."""

    def __init__(self, by: str, *, status: int) -> None:
        """``by`` names what blocks, as a noun phrase."""
        self.by = by
        self.status = status
        super().__init__(
            f"WordPress cannot be reached through {by} (HTTP {status}):"
            " allow this server's address, or the REST API, there."
        )


class RouteMissing(NeedsPerson):
    """WordPress answers, but does not have the route that was asked for."""

    def __init__(self, route: str) -> None:
        """``route`` is the route's name, such as ``wp/v2/users``, or empty."""
        self.route = route
        super().__init__(
            f"WordPress has no REST route {route}".rstrip()
            + ": the companion is not installed there, or a plugin hides the users' route."
        )


class CompanionUnsuited(NeedsPerson):
    """The companion at the site speaks a version of the protocol that we do not."""

    def __init__(self, protocol: int) -> None:
        """``protocol`` is the version that it speaks."""
        self.protocol = protocol
        super().__init__(
            f"The companion in WordPress speaks version {protocol} of the protocol:"
            " install the companion that belongs to this version of the bridge."
        )


class ContactIdMetaRefused(NeedsPerson):
    """The user meta key for the contact's id is one that nobody may write."""

    def __init__(self, key: str) -> None:
        """``key`` is what the document has as ``contact_id_meta``."""
        self.key = key
        super().__init__(
            f"The user meta key {key} cannot hold the contact's id:"
            " choose another one in tags.contact_id_meta."
        )


# Errors that pass by themselves -----------------------------------------------------------------


class WordPressUnreachable(PassesByItself):
    """No answer came."""

    def __init__(self, why: str, *, sent: bool) -> None:
        """``sent``: the request may have arrived and been carried out."""
        self.why = why
        self.sent = sent
        self.may_be_done = sent
        super().__init__(f"WordPress gave no answer: {why}.")


class NotWordPress(PassesByItself):
    """An answer came that is not the JSON promised: what happened is unknown, look first."""

    may_be_done = True

    def __init__(self, *, status: int, found: str) -> None:
        """``found`` says what came instead, as a noun phrase."""
        self.found = found
        self.status = status
        super().__init__(
            f"Instead of WordPress's answer came {found} (HTTP {status}):"
            " what has happened is unknown until somebody looks."
        )


class WordPressBusy(PassesByItself):
    """WordPress is being updated, overloaded, or holds a lock; nothing was done."""

    def __init__(self, *, retry_after: float | None = None) -> None:
        """``retry_after``: seconds after which WordPress asks us to come again, if it says so."""
        self.retry_after = retry_after
        super().__init__("WordPress is busy or in maintenance; it will be asked again.")


class WordPressBroken(PassesByItself):
    """Something failed inside WordPress, perhaps after it had done what was asked."""

    may_be_done = True

    def __init__(self, *, status: int, code: str = "") -> None:
        """``code`` is WordPress's word for it, where it could still speak."""
        self.status = status
        self.code = code
        super().__init__(
            f"WordPress failed with an error of its own (HTTP {status}{code and ', '}{code}):"
            " its error log says more."
        )


# Errors that concern one document ---------------------------------------------------------------


class WordPressRejected(ConcernsDocument):
    """WordPress understood the document and will never accept it as it is."""

    def __init__(self, code: str, params: tuple[str, ...] = (), *, status: int = 0) -> None:
        """``params`` names what it dislikes: ``username``, ``email``, ``meta.KEY``."""
        self.code = code
        self.params = params
        self.status = status
        about = f" about {', '.join(params)}" if params else ""
        super().__init__(f"WordPress rejects this user ({code}){about}.")


class LinkedToAnotherContact(ConcernsDocument):
    """The user with this address belongs to another Keap contact."""

    def __init__(self, user_id: int, contact: str, asking: str) -> None:
        """``contact`` has the user; ``asking`` has the user's address: ids of Keap contacts."""
        self.user_id = user_id
        self.contact = contact
        super().__init__(
            f"WordPress user {user_id} has the e-mail address of Keap contact {asking} and is"
            f" linked to Keap contact {contact}: merge the two contacts, or post contact {contact}"
            " if its address has changed, and then resend this one; or set"
            " users.when_linked_to_another_contact: relink."
        )


class WouldRemoveRoles(ConcernsDocument):
    """The document would take roles away, which it was told not to do; nothing was done."""

    def __init__(self, user_id: int, roles: Sequence[str]) -> None:
        """``roles`` are those that the user would lose."""
        self.user_id = user_id
        self.roles = tuple(roles)
        super().__init__(f"WordPress user {user_id} would lose the role {', '.join(roles)}.")


class NotificationFailed(ConcernsDocument):
    """The user is there, but WordPress could not send the notification; trying again is safe."""

    def __init__(self, user_id: int) -> None:
        """``user_id`` is the user who got no mail."""
        self.user_id = user_id
        super().__init__(
            f"WordPress could not send the notification to user {user_id}:"
            " look at how the site sends its mail."
        )
