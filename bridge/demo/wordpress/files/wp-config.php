<?php
define('DB_NAME', 'wordpress');
define('DB_USER', 'wordpress');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:@FOLDER@/run/mariadb.sock');
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
$table_prefix = 'wp_';

if (is_file('@FOLDER@/network.php')) {
    require '@FOLDER@/network.php'; // the constants of a network, whose sites have addresses of their own
} else {
    define('WP_HOME', '@URL@');
    define('WP_SITEURL', '@URL@');
}
define('WP_CONTENT_DIR', '@FOLDER@/wp-content');
define('WP_CONTENT_URL', '@URL@/wp-content');

define('WP_ENVIRONMENT_TYPE', 'local'); // application passwords over plain HTTP
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG', true); // everything goes to PHP's own log, nothing onto the page
define('WP_DEBUG_DISPLAY', false);

require_once ABSPATH . 'wp-settings.php';
