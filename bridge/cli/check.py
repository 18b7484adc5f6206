"""``keap-bridge check``: both ends and this machine, every finding with what to do."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from itertools import chain
from pathlib import Path

import click

from bridge.check import (
    Finding,
    ask_everybody,
    lines_of,
    on_loaded,
    on_problems,
    summary_of,
)
from bridge.cli.ending import CannotReach, ConfigurationWrong, Refused
from bridge.cli.ends import keap_of
from bridge.cli.options import config_option, one_or_all, site_named
from bridge.config import Config, ConfigProblems, Loaded, load
from bridge.surroundings import now

EPILOG = """\
Exit codes: 0 no problems (perhaps warnings); 3 config.yaml cannot be used, and nothing else was
looked at; 4 Keap, WordPress or the store cannot be reached; 5 everything answers, but refuses or
lacks something.
"""


@click.command("check", epilog=EPILOG)
@click.option(
    "--mapping",
    is_flag=True,
    help="Also try fields: with contacts: which fields are always empty, which options nobody has,"
    " which values cannot be converted.",
)
@click.option(
    "--contacts",
    type=click.IntRange(1, 1000),
    default=200,
    show_default=True,
    help="With --mapping: how many, the ones changed last.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON object.")
@config_option
def command(config_file: Path, *, mapping: bool, contacts: int, as_json: bool) -> None:
    """Look at config.yaml, Keap, WordPress and this machine, and say what to do.

    Nothing is changed, but for a throw-away value that is written to the bridge's own account in
    WordPress and taken away again.
    """
    try:
        loaded = load(config_file, os.environ)
    except ConfigProblems as problems:
        _tell(on_problems(problems.problems, config_file.name), as_json=as_json)
        raise ConfigurationWrong from None
    meant = one_or_all(loaded, site_named())
    found = chain(on_loaded(loaded, config_file.name), _ask_all(meant, contacts if mapping else 0))
    wrong = [each for each in _tell(found, as_json=as_json) if each.level == "problem"]
    if any(problem.out_of_reach for problem in wrong):
        raise CannotReach
    if wrong:
        raise Refused


def _ask_all(loaded: Loaded, contacts: int) -> Iterator[Finding]:
    for name, config in loaded.sites.items():
        for finding in _ask(config, contacts):
            yield replace(finding, about=f"{finding.about} of {name}") if name else finding


def _ask(config: Config, contacts: int) -> Iterator[Finding]:
    return ask_everybody(config, lambda: keap_of(config), now=now(), contacts=contacts)


def _tell(found: Iterable[Finding], *, as_json: bool) -> list[Finding]:
    """Print each finding as soon as it is there, and then the summary; give them all."""
    findings: list[Finding] = []
    for finding in found:
        findings.append(finding)
        if not as_json:
            click.echo("\n".join(lines_of(finding)))
    if as_json:
        plain = [asdict(finding) for finding in findings]
        said = {"summary": summary_of(findings), "findings": plain}
        click.echo(json.dumps(said, ensure_ascii=False, indent=2))
    else:
        click.echo(f"\n{summary_of(findings)}")
    return findings
