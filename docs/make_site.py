"""Puts the documentation together as a web site: ``make site`` writes it to ``build/site``.

The pages are written to be read in the repository, where README.md and the others stand beside
``docs/``; here all of them are put into one folder, and their links follow.
"""

import logging
import re
import shutil
import sys
from pathlib import Path

import yaml
from mkdocs.commands.build import build
from mkdocs.config import load_config

ROOT = Path(__file__).parents[1]
BESIDE = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
NAMES = {"README.md": "start.md"}
"""A site takes README.md for its front page, which is another one here."""

FILES = ("config.yaml", "config.schema.json", "LICENSE")
FOLDERS = ("deploy", "docs/images", "requirements")

NAVIGATION = [
    {"What it does": ["index.md", "start.md", "from-wp-fusion.md"]},
    {
        "Setting it up": [
            "keap.md",
            "wordpress.md",
            "config.md",
            "mapping.md",
            "sites.md",
            "deploy.md",
        ]
    },
    {"Every day": ["page.md", "sync.md", "identity.md", "troubleshooting.md", "errors.md"]},
    {"What it promises": ["reliability.md", "security.md", "privacy.md", "performance.md"]},
    {"How it works": ["ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]},
]
"""Pages that are not named here, if any, come at the end."""


def gather(folder: Path) -> None:
    """Copy every page and file, with links that lead from there to where they led from here."""
    folder.mkdir(parents=True)
    for page in sorted((ROOT / "docs").glob("*.md")):
        text = re.sub(r"\]\(\.\./", "](", page.read_text("utf-8"))
        (folder / page.name).write_text(_following(text), "utf-8")
    for name in BESIDE:
        text = re.sub(r"\]\(docs/", "](", (ROOT / name).read_text("utf-8"))
        (folder / NAMES.get(name, name)).write_text(_following(text), "utf-8")
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    for name in FOLDERS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / Path(name).name)


def _following(text: str) -> str:
    for name, here in NAMES.items():
        text = re.sub(rf"\]\({re.escape(name)}", f"]({here}", text)
    return text


def navigation(pages: set[str]) -> list[object]:
    """Give the navigation, every page in it."""
    named = [name for part in NAVIGATION for names in part.values() for name in names]
    rest = sorted(pages.difference(named))
    return [*NAVIGATION, *([{"More": rest}] if rest else [])]


def make(target: Path) -> None:
    """Make the site; a link that leads nowhere ends it.

    Raises:
        mkdocs.exceptions.Abort: With what is wrong on its log.
    """
    work = target.with_name("site-pages")
    for folder in (target, work):
        shutil.rmtree(folder, ignore_errors=True)
    gather(work / "docs")
    settings = {
        "site_name": "Keap → WordPress bridge",
        "theme": {"name": "readthedocs", "highlightjs": False},
        "docs_dir": str(work / "docs"),
        "site_dir": str(target),
        "nav": navigation({page.name for page in (work / "docs").glob("*.md")}),
        "markdown_extensions": ["tables", "fenced_code", "toc"],
        "strict": True,
        "validation": {"links": {"anchors": "warn", "unrecognized_links": "ignore"}},
        "use_directory_urls": False,
        "plugins": ["search"],
    }
    file = work / "mkdocs.yml"
    file.write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    build(load_config(str(file)))


if __name__ == "__main__":
    make(Path(sys.argv[1]) if sys.argv[1:] else ROOT / "build" / "site")
