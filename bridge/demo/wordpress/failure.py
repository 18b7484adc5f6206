"""The one error of the launcher, and running a program so that its failure is told."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

TAIL = 20
"""How many lines of a failed program's output an error shows."""


class LaunchError(Exception):
    """WordPress could not be brought up; the message says what to do."""


def run(
    command: Sequence[str | Path],
    what: str,
    *,
    user: str | None = None,
    stdin: str = "",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    log: Path | None = None,
) -> str:
    """Run a program to its end and give back what it wrote to its standard output.

    Args:
        command: The program and its arguments.
        what: What is being done, for the error: "install packages".
        user: The account to run it as; its own group, no other groups.
        stdin: What the program reads.
        env: Its whole environment; ``None``: ours.
        cwd: The folder it runs in; ``None``: ours.
        log: Where everything that it writes goes instead; a program that leaves a daemon behind
            needs it, because the daemon would hold the pipe open. The result is then empty.

    Raises:
        LaunchError: It could not be run or failed; with the end of its output.
    """
    try:
        if log is None:
            out = err = subprocess.PIPE
            done = _run(command, user, stdin, env, cwd, out, err)
            text = done.stdout + done.stderr
        else:
            with log.open("ab") as file:
                done = _run(command, user, stdin, env, cwd, file.fileno(), subprocess.STDOUT)
            text = log.read_text("utf-8", "replace")
    except FileNotFoundError as error:
        message = f"Could not {what}: there is no program {command[0]} on this machine."
        raise LaunchError(message) from error
    if done.returncode != 0:
        tail = "\n".join(text.strip().splitlines()[-TAIL:])
        where = f" (all of it: {log})" if log else ""
        message = f"Could not {what}: {Path(command[0]).name} said{where}:\n{tail}"
        raise LaunchError(message)
    return done.stdout or ""


def _run(
    command: Sequence[str | Path],
    user: str | None,
    stdin: str,
    env: Mapping[str, str] | None,
    cwd: Path | None,
    stdout: int,
    stderr: int,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 -- the launcher's own commands, never somebody's input
        [str(word) for word in command],
        input=stdin,
        stdout=stdout,
        stderr=stderr,
        encoding="utf-8",
        errors="replace",
        user=user,
        group=user,
        extra_groups=[] if user else None,
        env=env,
        cwd=cwd,
        check=False,
    )
