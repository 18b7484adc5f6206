"""What the bridge is made of, as CycloneDX JSON: ``python -m tests.bill_of_materials FILE``.

From the pinned requirements, and the licences from the packages installed here. The same
requirements give the same bytes. https://cyclonedx.org/docs/1.6/json/
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PIN = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)(?P<rest>.*(?:\n[ \t].*)*)", re.MULTILINE
)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def bill(requirements: str, project: dict[str, Any]) -> dict[str, Any]:
    """Give the bill of materials.

    Args:
        requirements: Pinned with hashes, as in ``requirements/run.txt``.
        project: The section ``project`` of pyproject.toml.
    """
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "keap-bridge",
                "name": project["name"],
                "version": project["version"],
                "licenses": [{"expression": project["license"]}],
            }
        },
        "components": list(_components(requirements)),
    }


def _components(requirements: str) -> Iterator[dict[str, Any]]:
    for pin in PIN.finditer(requirements):
        name, version = pin["name"], pin["version"]
        # https://github.com/package-url/purl-spec
        purl = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
        yield {
            "type": "library",
            "bom-ref": purl,
            "name": name,
            "version": version,
            "purl": purl,
            # One for each file that the version was published as.
            "hashes": [{"alg": "SHA-256", "content": each} for each in HASH.findall(pin["rest"])],
            **_licences(name),
        }


def _licences(name: str) -> dict[str, Any]:
    """Give what the package itself says; nothing where it is not installed here."""
    try:
        about = metadata.metadata(name).json
    except metadata.PackageNotFoundError:  # another platform's
        return {}
    if expression := about.get("license_expression"):
        return {"licenses": [{"expression": expression}]}
    said = about.get("classifier", [])
    named = [each.split(" :: ")[-1] for each in said if each.startswith("License :: ")]
    named = named or str(about.get("license", "")).splitlines()[:1]
    return {"licenses": [{"license": {"name": each}} for each in named]} if named else {}


def main(file: Path) -> None:
    """Print the bill of a file of requirements."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    json.dump(bill(file.read_text("utf-8"), project), sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
