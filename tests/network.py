"""A WordPress made into a network (multisite) with sites in folders."""

from dataclasses import replace

from bridge.demo.wordpress import RunningWordPress

CONSTANTS = """<?php
define('MULTISITE', true);
define('SUBDOMAIN_INSTALL', false);
define('DOMAIN_CURRENT_SITE', '{host}');
define('PATH_CURRENT_SITE', '/');
define('SITE_ID_CURRENT_SITE', 1);
define('BLOG_ID_CURRENT_SITE', 1);
"""

TABLES = """
    global $wpdb;
    require_once ABSPATH . 'wp-admin/includes/upgrade.php';
    foreach ($wpdb->tables('ms_global') as $name => $table) $wpdb->$name = $table;
    install_network();
    [$host] = $args;
    $made = populate_network(1, $host, 'admin@site.example', 'A network', '/', false);
    if (is_wp_error($made)) throw new Exception($made->get_error_message());
"""
"""As wp-admin/network.php does it."""

SECOND = """
    [$host] = $args;
    // Until now constants said it, and the table has what it was installed with.
    update_option('siteurl', "http://$host");
    update_option('home', "http://$host");
    // Application passwords are in use: a network looks for this in a table of its own.
    update_network_option(1, 'using_application_passwords', 1);
    $admin = get_user_by('login', 'admin')->ID;
    $blog = wp_insert_site(['domain' => $host, 'path' => '/second/', 'network_id' => 1,
        'title' => 'Second', 'user_id' => $admin]);
    if (is_wp_error($blog)) throw new Exception($blog->get_error_message());
    // WordPress 6.1 takes the colon before the port away.
    global $wpdb;
    $wpdb->update($wpdb->blogs, ['domain' => $host], ['blog_id' => $blog]);
    clean_blog_cache($blog);
    switch_to_blog($blog);
    update_option('siteurl', "http://$host/second");
    update_option('home', "http://$host/second");
    foreach (['member_a' => 'Member A', 'member_b' => 'Member B'] as $role => $name)
        add_role($role, $name, ['read' => true]);
    add_role('keap_bridge', 'Keap bridge', ['read' => true, 'keap_bridge_sync_users' => true]);
    add_user_to_blog($blog, get_user_by('login', 'keap-bridge')->ID, 'keap_bridge');
"""


def second_site_of_network(site: RunningWordPress) -> RunningWordPress:
    """Make a WordPress the first site of a network; give the second one, at ``/second``.

    ``admin`` is the network's super administrator; ``keap-bridge`` has its role on both sites.
    """
    host = site.url.removeprefix("http://")
    site.php(TABLES, host)
    (site.folder.root / "network.php").write_text(CONSTANTS.format(host=host), "utf-8")
    site.php(SECOND, host)
    return replace(site, url=f"{site.url}/second")
