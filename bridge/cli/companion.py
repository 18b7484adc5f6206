"""``keap-bridge companion``: the WordPress plugin that belongs to this version."""

from pathlib import Path

import click

from bridge.cli.ending import CannotReach
from wp_client.companion import companion_text, companion_version, plugin_zip

PHP_FILE = "keap-bridge.php"
ZIP_FILE = "keap-bridge.zip"

ABOUT = """\
The companion (version {version}) is one PHP file that stands in your WordPress beside the bridge.
With it the bridge writes users, roles, tags and mail in one request, and needs an account that can
do nothing else. docs/wordpress.md says what works without it.

Install it in one of two ways
  a plugin            keap-bridge companion --zip {zip}
                      In WordPress: Plugins → Add New → Upload Plugin, choose the file, activate.
  a must-use plugin   keap-bridge companion --php {php}
                      Copy the file into wp-content/mu-plugins/ (make that folder if there is none).

Then make the bridge's account in WordPress
  1  Users → Add New: user name keap-bridge, an e-mail address of its own, role "Keap bridge".
  2  Edit that user → Application Passwords: a name, such as bridge, and "Add New".
     The password is shown once: put it where config.yaml's wordpress.application_password looks.
  3  keap-bridge check
"""

Target = click.Path(path_type=Path)


@click.command("companion")
@click.option("--zip", "zip_file", type=Target, metavar="FILE", help="Write the plugin as a zip.")
@click.option(
    "--php",
    "php_file",
    type=Target,
    metavar="FILE",
    help="Write the PHP file alone, for wp-content/mu-plugins.",
)
@click.option("--force", is_flag=True, help="Overwrite a file that holds something else.")
def command(zip_file: Path | None, php_file: Path | None, *, force: bool) -> None:
    """Write the WordPress plugin that belongs to this version, or say how to install it.

    FILE may be a folder: the file in it gets its usual name.
    """
    if zip_file is not None:
        _write(_in_folder(zip_file, ZIP_FILE), plugin_zip(), force=force)
    if php_file is not None:
        _write(_in_folder(php_file, PHP_FILE), companion_text().encode(), force=force)
    if zip_file is None and php_file is None:
        text = ABOUT.format(version=companion_version(), zip=ZIP_FILE, php=PHP_FILE)
        click.echo(text, nl=False)


def _in_folder(target: Path, name: str) -> Path:
    return target / name if target.is_dir() else target


def _write(file: Path, content: bytes, *, force: bool) -> None:
    try:
        if file.exists() and file.read_bytes() != content and not force:
            message = f"{file} holds something else; --force overwrites it."
            raise click.UsageError(message)
        # A site may be loading the file at this very moment: it is whole under its name, or old.
        draft = file.with_name(f"{file.name}.draft")
        draft.write_bytes(content)
        draft.chmod(0o644)  # the web server's account reads it, whatever umask this shell has
        draft.replace(file)
    except OSError as error:
        message = f"{file} cannot be written: {error.strerror}."
        raise CannotReach(message) from error
    click.echo(f"{file}: companion {companion_version()}")
