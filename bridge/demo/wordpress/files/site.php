<?php
// For a site on localhost the sender would be wordpress@localhost, which wp_mail() refuses.
add_filter('wp_mail_from', fn() => 'wordpress@site.example');
