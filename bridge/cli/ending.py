"""How a command ends when it cannot do what was asked: a sentence and an exit code."""


class Ending(Exception):
    """The command is over; ``main`` says the sentence and exits with the code."""

    code = 1


class ConfigurationWrong(Ending):
    """config.yaml cannot be used."""

    code = 3


class CannotReach(Ending):
    """The other side, or a file or address of this machine, is out of reach."""

    code = 4


class Refused(Ending):
    """The other side answered, and said no."""

    code = 5
