"""Bringing a WordPress up and taking it down: again, after a kill, and where it cannot be."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.demo.wordpress import LaunchError, daemons, default_cache, own_folder, start
from bridge.demo.wordpress.folder import Folder
from bridge.demo.wordpress.packages import install, missing, no_service_starts
from bridge.demo.wordpress.tree import only_on_debian, unpacked

ROOT = Path(__file__).parents[3]


def quiet(_: str) -> None:
    """Nobody listens to what is being done."""


def is_alive(pid: int) -> bool:
    """Whether a process still runs; one that has ended may wait for its parent to notice."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/cmdline").read_bytes() == b"":
                return False
        except FileNotFoundError:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def runs() -> Iterator[Path]:
    """A folder for runs that only one test uses."""
    with own_folder(default_cache() / "runs") as folder:
        yield folder


def test_second_start_keeps_address_users_and_passwords(runs: Path) -> None:
    """The demonstration would begin anew each time, or a stopped WordPress come back elsewhere."""
    first = start(runs / "site")
    first.ask(
        "wp_insert_user(['user_login' => 'ann', 'user_email' => 'ann@example.com',"
        " 'user_pass' => 'secret']);"
    )
    companion = first.folder.mu_plugins / "keap-bridge.php"
    original = companion.read_text("utf-8")
    companion.write_text("<?php // an older companion\n", "utf-8")
    before = daemons.running(first.folder, "mariadb")
    again = start(runs / "site")  # it still runs
    assert daemons.running(first.folder, "mariadb") == before
    assert companion.read_text("utf-8") == original
    first.stop()
    assert [daemons.running(first.folder, name) for name in daemons.PROGRAMS] == [None] * 3
    assert "Shutdown complete" in first.folder.log("mariadb").read_text("utf-8")

    second = start(runs / "site", companion=False)

    assert second.url == again.url == first.url
    assert second.accounts == again.accounts == first.accounts
    assert second.log_in("ann", "secret")
    assert not companion.exists()


def test_killed_run_is_cleaned_up_by_the_next(tmp_path: Path, runs: Path) -> None:
    """Every killed test run would leave three programs and a folder for ever."""
    killed = runs / "killed"
    program = tmp_path / "killed.py"
    program.write_text(
        "import pathlib, time\n"
        "from bridge.demo.wordpress import start\n"
        "from bridge.demo.wordpress import own_folder\n"
        f"with own_folder(pathlib.Path({str(killed)!r})) as folder:\n"
        "    print(start(folder / 'site', companion=False).folder.root, flush=True)\n"
        "    time.sleep(600)\n",
        "utf-8",
    )
    with subprocess.Popen(  # noqa: S603 -- our own program
        [sys.executable, program],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout
        folder = Folder(Path(process.stdout.readline().strip()))
        with own_folder(killed):
            left_alone = daemons.running(folder, "nginx")
        process.kill()
    assert left_alone  # while its owner lived
    assert daemons.running(folder, "nginx") == left_alone
    pids = [daemons.running(folder, name) for name in daemons.PROGRAMS]

    with own_folder(killed):
        pass

    assert not folder.root.exists()
    for pid in pids:
        assert pid
        assert not is_alive(pid)


def test_number_in_a_pid_file_may_be_somebody_elses(tmp_path: Path) -> None:
    """Stopping a WordPress would end a stranger's process after the machine was started again."""
    folder = Folder(tmp_path)
    (tmp_path / "run").mkdir()
    with subprocess.Popen(["/bin/sleep", "600"]) as stranger:
        folder.pid("nginx").write_text(str(stranger.pid))

        daemons.stop(folder)

        assert stranger.poll() is None
        assert not folder.pid("nginx").exists()
        stranger.kill()


def test_program_that_does_not_end_is_killed(tmp_path: Path) -> None:
    """A hanging program would hang the end of every test run."""
    folder = Folder(tmp_path)
    (tmp_path / "run").mkdir()
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True)"
    command = [sys.executable, "-c", f"{deaf}; time.sleep(600)", f"{tmp_path}/"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as program:  # noqa: S603 -- as above
        assert program.stdout
        program.stdout.readline()
        folder.pid("nginx").write_text(str(program.pid))

        daemons.stop(folder, patience=0.1)

        assert program.wait() == -signal.SIGKILL


def test_failed_start_leaves_nothing_running(runs: Path) -> None:
    """A WordPress that could not come up would leave its database behind."""
    place = runs / "site"
    start(place, companion=False).stop()
    (place / "run/php-fpm.sock").mkdir()

    with pytest.raises(LaunchError, match="start PHP-FPM"):
        start(place, companion=False)

    assert [daemons.running(Folder(place), name) for name in daemons.PROGRAMS] == [None] * 3


def test_installation_that_was_killed_is_done_anew(runs: Path) -> None:
    """A half-made installation would be copied into every WordPress, or stop the next one."""
    cache = runs / "c"
    cache.mkdir()
    first = start(runs / "site", companion=False, cache=cache)
    first.stop()
    finished = next((cache / "templates").iterdir())
    finished.rename(finished.with_name(f"{first.version}-outdated"))
    (finished.with_name(f"{finished.name}-draft") / "db").mkdir(parents=True)

    second = start(runs / "other", companion=False, cache=cache)

    assert second.log_in("admin", second.admin.password)
    assert second.admin.password != first.admin.password
    assert list((cache / "templates").iterdir()) == [finished]


def test_umask_of_the_shell_does_not_matter(runs: Path) -> None:
    """Root's files would be closed to the web server where the umask is 077."""
    before = os.umask(0o077)
    try:
        start(runs / "site", companion=False)
        assert os.umask(0o077) == 0o077
    finally:
        os.umask(before)


def test_folder_that_the_web_server_cannot_reach_is_refused(runs: Path) -> None:
    """It would fail later with some program's "permission denied"."""
    closed = runs / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(LaunchError, match=f"because {closed} is closed"):
        start(closed / "site", companion=False)


def test_path_too_long_for_sockets_is_refused() -> None:
    """It would fail later with some program's "no such socket"."""
    with pytest.raises(LaunchError, match="too long for sockets"):
        start(default_cache() / ("x" * 80), companion=False)


def test_who_is_not_root_is_told_so(tmp_path: Path) -> None:
    """They would see a traceback about some file."""
    os.seteuid(65534)
    try:
        with pytest.raises(LaunchError, match="needs root"):
            start(tmp_path)
    finally:
        os.seteuid(0)


def test_missing_packages_are_named() -> None:
    """The wrong ones would be installed, or none."""
    assert missing(["dpkg", "no-such-package-at-all", "bash"]) == ["no-such-package-at-all"]


def test_failed_installation_shows_what_apt_said(tmp_path: Path) -> None:
    """Somebody without the package would not learn why."""
    log = tmp_path / "apt.log"

    with pytest.raises(LaunchError, match="Unable to locate package no-such-package-at-all"):
        install(["no-such-package-at-all"], log, quiet)

    assert "Unable to locate" in log.read_text("utf-8")


def test_services_are_held_back_while_packages_are_installed(tmp_path: Path) -> None:
    """Debian would start an nginx and a PHP-FPM of its own."""
    policy = tmp_path / "policy-rc.d"

    with no_service_starts(policy):
        assert policy.read_text("utf-8") == "#!/bin/sh\nexit 101\n"
        assert os.access(policy, os.X_OK)

    assert not policy.exists()


def test_policy_of_the_machine_stays(tmp_path: Path) -> None:
    """A container's own rule would be gone after the tests."""
    policy = tmp_path / "policy-rc.d"
    policy.write_text("theirs", "utf-8")

    with no_service_starts(policy):
        assert policy.read_text("utf-8") == "theirs"

    assert policy.read_text("utf-8") == "theirs"


def test_unknown_suite_is_refused_with_what_apt_said(tmp_path: Path) -> None:
    """A misspelt suite would leave a half-made folder behind that counts as WordPress."""
    for _ in range(2):
        with pytest.raises(LaunchError, match="nonesuch"):
            unpacked("nonesuch", tmp_path, quiet)


def test_other_suites_need_debian() -> None:
    """Ubuntu would look for Debian's suites among its own."""
    with pytest.raises(LaunchError, match="use the suite 'distro' here"):
        only_on_debian("trixie", {"ID": "ubuntu", "ID_LIKE": "debian"})


def test_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a small /var could not run the tests."""
    monkeypatch.setenv("KEAP_BRIDGE_CACHE", "/srv/elsewhere")

    assert default_cache() == Path("/srv/elsewhere")
