"""The steps of a timeline in words. Pure."""

from bridge.delivery import Step

WORDS = {
    "contact_gone": "contact not found in Keap",
    "contact_read": "contact and tags read from Keap",
    "user_created": "user created in WordPress",
    "user_updated": "user changed in WordPress",
    "user_unchanged": "user in WordPress looked at: nothing to change",
    "role_removal_held": "role not taken away: the brake holds",
    "user_missing": "no user found in WordPress",
    "user_returned": "user name or id written back to Keap",
    "password_returned": "password written back to Keap",
    "notification_started": "new-user notification begun",
    "notification_sent": "new-user notification sent",
    "notification_failed": "new-user notification not sent",
    "tag_applied": "tag applied in Keap",
    "tag_not_applied": "tag not applied in Keap",
    "attempt_failed": "attempt failed",
}


def words_of(step: Step) -> str:
    """Say what was done; a step that is not known here by its own name."""
    return WORDS.get(step.name, step.name.replace("_", " "))


def fields_of(step: Step) -> list[str]:
    """Give the names of what was changed in WordPress; their values are kept nowhere."""
    is_change = step.name in ("user_created", "user_updated")
    return step.detail.split(", ") if is_change and step.detail else []
