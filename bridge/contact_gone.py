"""What becomes of a delivery whose contact Keap no longer has: merged into another, or deleted.

Keap does not say into whom a contact was merged. Its user is known, though, by the store's link or
by the contact's id that WordPress keeps; and whoever has that user's e-mail address in Keap now is
whom the contact went into. The delivery goes on as that contact's.
"""

from dataclasses import replace

import wp_client.document
from bridge.config import Config
from bridge.delivery import Caveat, Successor, Verdict, Work
from bridge.explanations import GOES_ON, NOBODY_HAS_ADDRESS, SEVERAL_HAVE_ADDRESS
from bridge.keap_end import KeapEnd
from bridge.wordpress_end import WordPressEnd
from keap_client.errors import ContactNotFound
from wp_client.document import UserDocument, UserResult


async def verdict_on_gone(
    work: Work, gone: ContactNotFound, config: Config, keap: KeapEnd, wordpress: WordPressEnd
) -> Verdict:
    """Find the contact that the user of one that is gone belongs to now.

    Returns:
        That the deliveries go on as that contact's; that they have failed, where nobody has the
        user's address in Keap; or that they are held, where several have it.

    Raises:
        ContactNotFound: No user is known for the contact either.
        KeapError, WordPressError: One of the ends could not be asked.
    """
    user = await wordpress.look(
        UserDocument(
            delivery=work.deliveries[0].id,
            contact=work.contact,
            email=None,
            user_id=work.user_id,
            formerly=former_contact(work),
            contact_id_meta=config.tags.contact_id_meta,
        )
    )
    if user.user_id is None:
        raise gone
    having = await keap.contacts_with(user.email) if user.email else ()
    others = [contact for contact in having if contact != work.contact]
    said = {"gone": work.contact, "user": user.user_id, "others": ", ".join(others)}
    if not others:
        return Verdict("failed", NOBODY_HAS_ADDRESS.format(**said))
    if len(others) > 1:
        return Verdict("held", SEVERAL_HAVE_ADDRESS.format(**said), cause="contact")
    successor = Successor(others[0], user.user_id)
    return Verdict("waiting", GOES_ON.format(**said), successor=successor)


def former_contact(work: Work) -> str | None:
    """Give the contact that was gone, where deliveries of it go on as this one's."""
    return next((each.formerly for each in work.deliveries if each.formerly), None)


def with_caveat_on(gone: str, work: Work, result: UserResult) -> UserResult:
    """Add to what came of a document that it took over the user of a contact that is gone."""
    said = wp_client.document.Caveat("contact_gone", f"{gone} → {work.contact}")
    return replace(result, caveats=(*result.caveats, said))


def caveat_on(work: Work, result: UserResult) -> tuple[Caveat, ...]:
    """Say whose user was changed, where the Post named a contact that is gone."""
    moved = next((each for each in work.deliveries if each.formerly), None)
    if moved is None:
        return ()
    if result.user_id == moved.former_user:
        return (Caveat("contact_gone", f"{moved.formerly} → {work.contact}"),)
    return (Caveat("former_user_left", f"{moved.former_user}"),)
