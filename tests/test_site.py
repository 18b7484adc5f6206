"""The documentation as a web site."""

import re
from pathlib import Path

from docs.make_site import make

DOCS = Path(__file__).parents[1] / "docs"


def test_every_page_is_in_the_site_and_every_link_leads_somewhere(tmp_path: Path) -> None:
    """A reader would come to a page that is not there, or never find one that is."""
    make(tmp_path / "site")

    pages = {page.stem for page in (tmp_path / "site").glob("*.html")}
    assert {page.stem for page in DOCS.glob("*.md")} <= pages
    home = (tmp_path / "site" / "index.html").read_text("utf-8")
    for page in re.findall(r"\]\((\w[\w-]*)\.md", (DOCS / "index.md").read_text("utf-8")):
        assert f'href="{page}.html' in home
