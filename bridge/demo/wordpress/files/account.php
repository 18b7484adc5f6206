<?php
// Makes an account, unless it exists, and gives it a new application password.
function keep_account(string $login, string $role, ?string $password = null): array
{
    $password ??= wp_generate_password(20, false);
    $id = username_exists($login) ?: wp_insert_user(['user_login' => $login,
        'user_pass' => $password, 'user_email' => "$login@site.example", 'role' => $role]);
    [$application_password] = WP_Application_Passwords::create_new_application_password(
        $id, ['name' => 'launcher']);
    return compact('id', 'login', 'role', 'password', 'application_password');
}
