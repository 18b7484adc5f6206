"""The people of a test of kills: one contact for each kill, some of them users already."""

import json
from collections import Counter
from dataclasses import dataclass

from bridge.demo.wordpress import RunningWordPress
from keap_client.sandbox import Sandbox

FIELD = "WP Password"
OLD_PASSWORD = "what-it-was-before"
BEFORE = """
$made = [];
foreach (range(1, (int) $args[0]) as $n) {
    $made[] = wp_insert_user(['user_login' => "before$n", 'user_email' => "ann$n@example.com",
        'user_pass' => $args[1], 'role' => 'subscriber', 'first_name' => 'Old']);
}
return $made;
"""
LOG_IN = """
$said = [];
foreach (json_decode($args[0], true) as [$login, $password]) {
    $said[] = ! is_wp_error(wp_authenticate($login, $password));
}
return $said;
"""


@dataclass(frozen=True, slots=True)
class People:
    """Everybody called Ann, by number from 1."""

    sandbox: Sandbox
    wordpress: RunningWordPress

    def are_users(self, number: int) -> None:
        """Make users of the first so many, as somebody did by hand before."""
        self.wordpress.ask(BEFORE, f"{number}", OLD_PASSWORD)

    def become_contact(self, number: int) -> str:
        """Make the contact with this number; give Keap's id."""
        tag = next(iter(self.sandbox.tenant.tags))
        contact = self.sandbox.tenant.add_contact(
            given_name="Ann",
            family_name=f"Lee {number}",
            email=address(number),
            tag_ids=[tag],
        )
        return contact.id

    def contact_of(self, email: str) -> str:
        """Give the id of the contact with this address."""
        return next(
            each.id for each in self.sandbox.tenant.contacts.values() if each.email() == email
        )

    def password_in_keap(self, email: str) -> str | None:
        """Give what the contact's field for the password has."""
        value = self.sandbox.tenant.custom_value(self.contact_of(email), FIELD)
        return None if value is None else str(value)

    def welcomes(self) -> Counter[str]:
        """Count the notifications by address.

        Over core alone WordPress also tells people that their password was renewed: documented.
        """
        mails = self.wordpress.mails()
        return Counter(
            str(mail["To"]) for mail in mails if "Password Changed" not in mail["Subject"]
        )

    def logged_in(self, passwords: dict[str, str]) -> list[str]:
        """Try passwords by login; give the logins that WordPress lets in."""
        pairs = json.dumps([*passwords.items()])
        said = self.wordpress.ask(LOG_IN, pairs)
        return [login for login, is_in in zip(passwords, said, strict=True) if is_in]


def address(number: int) -> str:
    """Give the e-mail address of the person with this number."""
    return f"ann{number}@example.com"
