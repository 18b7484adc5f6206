"""What a WordPress site's answers mean for its owner, with the companion or without. Pure."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from bridge.check.finding import Finding, is_out_of_reach
from wp_client.errors import (
    Blocked,
    CompanionUnsuited,
    NotWordPress,
    RouteMissing,
    WordPressBusy,
    WordPressError,
    WordPressRefused,
    WordPressUnreachable,
)
from wp_client.in_front import BASIC
from wp_client.site import SignIn, SiteIndex

INSTALL = (
    "Get the plugin with: keap-bridge companion --zip keap-bridge.zip"
    "\nInstall it in WordPress under Plugins, Add New, Upload Plugin, and activate it. Then make an"
    ' account with the role "Keap bridge" and an application password of its own for the bridge.'
)
UPDATE = (
    "Get the plugin with: keap-bridge companion --zip keap-bridge.zip"
    "\nUpload it in WordPress under Plugins, Add New, Upload Plugin; it takes the old one's place."
)
MAKE_ANOTHER = (
    "In WordPress, open Users, the account {user}, Application Passwords: make a new one and put it"
    " under wordpress.application_password. The password of the log-in page does not work here."
    " wordpress.user is the account's user name or e-mail address."
)
KEEP_THE_HEADER = (
    "Apache: put these two lines into .htaccess, above WordPress's own:"
    "\n    RewriteEngine On"
    "\n    RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]"
    "\nIf that does not help (PHP as CGI or FPM), this line too:"
    "\n    CGIPassAuth On"
    "\nnginx and others: ask the host to pass the header Authorization on to PHP."
)
ONE_HEADER = (
    "A request has room for one name and password, and the bridge sends those for WordPress. Either"
    " give the web server the same pair, so that they open both doors:"
    "\n    htpasswd FILE USER"
    "\nwith USER as in wordpress.user, and the application password with its blanks as written"
    " for the bridge. Or let the REST API through without the web server's password; nginx, the"
    " first line outside server { }:"
    '\n    map $request_uri $ask { "~^/wp-json/" off; default "Staging"; }'
    "\n    auth_basic $ask;"
)
SWITCHED_OFF = (
    'With Wordfence: All Options, Brute Force Protection, take the tick off "Disable WordPress'
    ' application passwords". Other security plugins have a like switch. If a proxy in front of'
    " WordPress ends https, WordPress must be told so, in wp-config.php:"
    "\n    if ( 'https' === $_SERVER['HTTP_X_FORWARDED_PROTO'] ) $_SERVER['HTTPS'] = 'on';"
)
SWITCHED_OFF_BY_HTTP = (
    "Over http WordPress takes application passwords only on a site for development: put into"
    " wp-config.php"
    "\n    define( 'WP_ENVIRONMENT_TYPE', 'local' );"
    "\nor reach the site over https. A security plugin can be the cause as well."
)


def on_index(index: SiteIndex, url: str) -> Iterator[Finding]:
    """Say that the site was found, and how it is reached."""
    secure = urlsplit(url).scheme == "https"
    how = "over https" if secure else "over http, which is safe on this machine only"
    yield Finding("ok", "WordPress", f"the site answers at {url}, {how}")
    if secure and urlsplit(index.home).scheme == "http":
        yield Finding(
            "warning",
            "WordPress",
            f"the site believes that its address is {index.home}: links in its mails begin with"
            " http",
            "In WordPress, Settings, General: let both addresses begin with https.",
        )


def on_error(error: WordPressError, url: str) -> Finding:
    """Say why the site, or what stands in front of it, did not answer as it should."""
    sentence, advice = str(error), ""
    if isinstance(error, WordPressUnreachable):
        advice = f"Open {url} in a browser on this machine, and compare wordpress.url with it."
    elif isinstance(error, NotWordPress):
        sentence = (
            f"instead of WordPress's REST API came {error.found} (HTTP {error.status}) from {url}"
        )
        advice = (
            f"Open {url}/wp-json/ in a browser: a WordPress shows JSON there. If it does not, is"
            " wordpress.url the site's own address? If it does, look at the plugins for security"
            " and maintenance."
        )
    elif isinstance(error, WordPressBusy):
        sentence = "the site is in maintenance or overloaded"
        advice = "Check again in some minutes."
    elif isinstance(error, Blocked) and error.by == BASIC:
        advice = ONE_HEADER
    elif isinstance(error, RouteMissing):
        advice = INSTALL
    elif isinstance(error, CompanionUnsuited):
        advice = UPDATE
    elif isinstance(error, WordPressRefused) and error.code == "keap_bridge_forbidden":
        sentence = 'the account in wordpress.user does not have the role "Keap bridge"'
        advice = "In WordPress, Users: give the account this role, which the companion has made."
    return Finding("problem", "WordPress", sentence, advice, out_of_reach=is_out_of_reach(error))


def on_sign_in(told: SignIn, url: str, user: str) -> Finding:
    """Say what became of the application password."""
    new_password = MAKE_ANOTHER.format(user=user)
    if told == "works":
        return Finding("ok", "WordPress", f"it takes the application password of {user}")
    if told == "switched_off":
        sentence = "application passwords are switched off at this site"
        over_http = urlsplit(url).scheme == "http"
        advice = SWITCHED_OFF_BY_HTTP if over_http else SWITCHED_OFF
    elif told == "stripped":
        sentence = (
            "the application password is right, but it gets lost between the web server and"
            " WordPress (the header Authorization)"
        )
        advice = KEEP_THE_HEADER
    elif told == "wrong":
        sentence = "the user name or the application password is wrong"
        advice = new_password
    else:
        sentence = (
            "the sign-in fails: the application password is wrong, or it gets lost on the way (the"
            " site does not let us find out which, as its XML-RPC is closed)"
        )
        advice = f"{new_password}\nIf that does not help:\n{KEEP_THE_HEADER}"
    return Finding("problem", "WordPress", sentence, advice)
