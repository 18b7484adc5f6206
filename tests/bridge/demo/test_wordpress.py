"""The WordPress that tests and demo stand on is real, clean every time, and keeps to itself."""

from bridge.demo.wordpress import RunningWordPress


def test_users_mails_and_roles_of_one_test_are_gone_in_the_next(
    wordpress_without_companion: RunningWordPress,
) -> None:
    """A test would meet what another one left."""
    site = wordpress_without_companion
    site.ask(
        "add_role('left_over', 'Left over', ['read' => true]);"
        "return wp_insert_user(['user_login' => 'ann', 'user_pass' => 'x', 'role' => 'left_over',"
        " 'user_email' => 'ann@example.com']);"
    )
    site.ask("wp_new_user_notification(get_user_by('login', 'ann')->ID, null, 'user');")
    assert [user["roles"] for user in site.users()] == [["left_over"]]
    assert [mail["To"] for mail in site.mails()] == ["ann@example.com"]

    site.reset()

    assert site.users() == []
    assert site.mails() == []
    assert site.ask("return get_role('left_over');") is None
    assert site.log_in("admin", site.admin.password)
