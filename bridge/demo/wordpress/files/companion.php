<?php
// Prints, as JSON, an account that has only the companion's role. Run with the tree's path.

[, $tree] = $argv;
$_SERVER += ['HTTP_HOST' => 'localhost', 'REQUEST_METHOD' => 'GET', 'REQUEST_URI' => '/',
    'SERVER_PROTOCOL' => 'HTTP/1.1', 'REMOTE_ADDR' => '127.0.0.1'];
require $tree . '/wp-load.php';
require __DIR__ . '/account.php';

if (!get_role('keap_bridge')) {
    fwrite(STDERR, "keap-bridge.php was loaded, but there is no role keap_bridge.\n");
    exit(1);
}
echo json_encode(keep_account('keap-bridge', 'keap_bridge'));
