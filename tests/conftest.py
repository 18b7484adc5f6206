"""What all tests share."""

pytest_plugins = ["tests.wordpress", "tests.sandbox", "tests.postgresql"]
