"""A conversation held by hand: each call is answered by what a test says."""

from typing import TypeVar

from keap_client.call import Answer, Call, Conversation

T = TypeVar("T")


def converse(conversation: Conversation[T], *bodies: str | Answer) -> tuple[T, list[Call[object]]]:
    """Answer the calls one after the other; give the outcome and the calls.

    Args:
        conversation: It must make as many calls as there are bodies.
        bodies: A text stands for an answer with 200.
    """
    calls: list[Call[object]] = []
    answers = [Answer(200, {}, body.encode()) if isinstance(body, str) else body for body in bodies]
    try:
        call = next(conversation)
        for answer in answers:
            calls.append(call)
            call = conversation.send(call.read(answer))
    except StopIteration as end:
        assert len(calls) == len(answers), "it made fewer calls than expected"
        outcome: T = end.value
        return outcome, calls
    problem = f"it went on to ask {call.name}"
    raise AssertionError(problem)
