<?php
// Installs WordPress into its empty database, with the roles and accounts that we work with,
// and prints them as JSON. Run by PHP's command line with the path of the tree.

define('WP_INSTALLING', true);
$_SERVER += ['HTTP_HOST' => 'localhost', 'REQUEST_METHOD' => 'GET', 'REQUEST_URI' => '/',
    'SERVER_PROTOCOL' => 'HTTP/1.1', 'REMOTE_ADDR' => '127.0.0.1'];

function wp_new_blog_notification() {} // WordPress defines it only when nobody did: no mail

require $argv[1] . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';

// The installer asks the site itself whether rewriting works; no web server runs yet.
add_filter('pre_http_request', fn() => new WP_Error('no_web_server_yet'));

$password = wp_generate_password(20, false);
wp_install('A WordPress for the bridge', 'admin', 'admin@site.example', false, '', $password);

update_option('permalink_structure', '/%postname%/');
$wp_rewrite->init();
flush_rewrite_rules(false);

add_role('member_a', 'Member A', ['read' => true]);
add_role('member_b', 'Member B', ['read' => true]);
// What core's REST API asks of an account that manages users: the way without the companion.
add_role('user_sync', 'User sync', ['read' => true, 'list_users' => true,
    'create_users' => true, 'edit_users' => true, 'promote_users' => true]);

require __DIR__ . '/account.php';
echo json_encode([
    keep_account('admin', 'administrator', $password),
    keep_account('svc', 'user_sync'),
    keep_account('editor1', 'editor'),
]);
