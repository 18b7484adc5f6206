<?php
// Loads WordPress, then runs the PHP code on standard input; $args are the words after the address.

[, $tree, $host, $path] = $argv;
$args = array_slice($argv, 4);
$_SERVER += ['HTTP_HOST' => $host, 'REQUEST_METHOD' => 'GET', 'REQUEST_URI' => "$path/",
    'SERVER_PROTOCOL' => 'HTTP/1.1', 'REMOTE_ADDR' => '127.0.0.1'];
define('WP_DISABLE_FATAL_ERROR_HANDLER', true); // it would hide what went wrong

ob_start(); // what a plugin prints while it is loaded is not the answer
require $tree . '/wp-load.php';
ob_end_clean();

try {
    eval(stream_get_contents(STDIN));
} catch (Throwable $error) {
    fwrite(STDERR, $error . "\n");
    exit(1);
}
