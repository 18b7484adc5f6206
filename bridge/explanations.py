"""What was left undone, or refused, in words for a person; docs/errors.md lists them too."""

from bridge.delivery import Caveat

SENTENCES = {
    "role_not_allowed": "the role {subject} may not be given: list it in users.roles.allowed, and"
    " see that WordPress's own list (KEAP_BRIDGE_ROLES) has it",
    "unknown_role": "WordPress has no role {subject}",
    "role_follows_tag": "the role {subject} goes by a tag that the contact does not have"
    " (tags.roles), so it was not given",
    "last_role_kept": "the contact has lost the tag for the role {subject}, but it is the user's"
    " last one: list WordPress's default role, subscriber, in users.roles.allowed",
    "tag_unknown": "Keap has no tag {subject}: look at tags.roles and keap.after in config.yaml",
    "tag_ambiguous": "several tags in Keap are called {subject}: use the id of one in config.yaml",
    "tag_not_permitted": "Keap does not let the token's user apply the tag {subject} to this"
    " contact",
    "failure_not_told": "the contact did not get the tag keap.after.failed, since Keap took none",
    "privileged_user": "the user has rights that the bridge does not touch, so {subject} stayed"
    " as it was",
    "email_taken": "another WordPress user has the contact's e-mail address, so the user keeps"
    " the old one",
    "bad_email": "WordPress does not accept the contact's e-mail address, so the user keeps the"
    " old one",
    "unknown_field": "the companion does not know the field {subject}: update the companion",
    "field_refused": "WordPress does not accept the contact's value for {subject}, so the user"
    " keeps the old one",
    "meta_refused": "the user meta key {subject} is one that WordPress protects: map another",
    "meta_not_registered": "WordPress drops the user meta key {subject}: install the companion",
    "meta_wrong_type": "a plugin on the site registers the user meta key {subject} for another kind"
    " of value (a list, or a single text): map another key",
    "meta_not_kept": "a plugin on the site changes or drops the user meta key {subject} when it is"
    " written: map another key",
    "user_login_replaced": "the user name that Keap has is taken, or WordPress does not accept it:"
    " the new user has another one",
    "password_needs_companion": "without the companion a password from Keap is given to new users"
    " alone: install the companion",
    "password_not_in_mail": "the mail has a link and no password: without the companion WordPress"
    " never mails one, and with it only a password that still opens the door",
    "notification_uncertain": "the bridge was stopped, or WordPress's answer was lost,"
    " while WordPress sent the new-user notification: it may or may not have left, and is not"
    " sent again",
    "notification_suppressed": "a plugin on the site keeps WordPress from sending the new-user"
    " notification",
    "several_users": "several WordPress users have this contact's id; the one with the lowest id"
    " was changed, and these were left as they are: {subject}",
    "contact_gone": "the contact that the Post named is gone from Keap (merged or deleted), and its"
    " user belongs to the contact that has the user's address now: {subject}",
    "former_user_left": "the contact that the Post named is gone from Keap, and the contact that"
    " took its place has a user of its own: user {subject} was left as it is",
    "value_not_converted": "what Keap has for {subject} is not of the kind that as: names in"
    " config.yaml, so the user keeps the old value",
    "keap_field_unknown": "Keap has no field {subject}: look at fields: in config.yaml",
    "keap_field_ambiguous": "several custom fields in Keap are called {subject}: use the id of"
    " one in fields: in config.yaml",
}

REJECTIONS = {
    "keap_bridge_no_email": "The contact has no e-mail address, without which WordPress has no"
    " users: give it one in Keap and post again.",
    "keap_bridge_bad_email": "WordPress does not accept the contact's e-mail address: correct it in"
    " Keap and post again.",
    "keap_bridge_no_login": "WordPress accepts none of the user names that the contact could have:"
    " look at what the site's plugins forbid.",
    "keap_bridge_own_account": "The contact has the e-mail address of the bridge's own WordPress"
    " account, which is never changed: give that account another address.",
}
"""Why WordPress will never accept a user as the contact is now, by the word that it says."""

NO_USER = "WordPress has no user for this contact; post the action add to create one."
"""Why a delivery is ignored."""


GOES_ON = (
    "Contact {gone} is gone from Keap; its WordPress user {user} has the address of contact"
    " {others}, as which this goes on."
)
NOBODY_HAS_ADDRESS = (
    "Keap has no contact {gone} any more, and no other contact with the e-mail address of its"
    " WordPress user {user}: decide in WordPress what becomes of the user."
)
SEVERAL_HAVE_ADDRESS = (
    "Keap has no contact {gone} any more, and several contacts ({others}) have the e-mail address"
    " of its WordPress user {user}: merge them, or leave the address with one of them, and then"
    " resend this."
)
"""What becomes of a delivery whose contact Keap no longer has."""


def explain(caveat: Caveat) -> str:
    """Say what a caveat means; a code that is not known here is given as it is."""
    if caveat.code not in SENTENCES:
        return f"{caveat.code} {caveat.subject}".strip()
    return SENTENCES[caveat.code].format(subject=caveat.subject)
