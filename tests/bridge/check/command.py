"""Reading what the command printed, and a site with other credentials."""

import re
from dataclasses import replace

from bridge.demo.wordpress import RunningWordPress
from tests.bridge.cli.calling import Ended


def problems(ended: Ended) -> list[str]:
    """The lines that begin problems, with what follows them; wrapped lines joined."""
    found = re.findall(r"^PROBLEM  (.*(?:\n .*)*)", ended.out, re.MULTILINE)
    return [" ".join(text.split()) for text in found]


def warnings(ended: Ended) -> list[str]:
    """The same for warnings."""
    found = re.findall(r"^warning  (.*(?:\n .*)*)", ended.out, re.MULTILINE)
    return [" ".join(text.split()) for text in found]


def with_password(wordpress: RunningWordPress, password: str) -> RunningWordPress:
    """The same site, but the bridge signs in with this password."""
    account = replace(wordpress.service, application_password=password)
    return replace(wordpress, accounts={**wordpress.accounts, account.login: account})
