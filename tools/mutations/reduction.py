"""Reduce an answer that is judged as it should not be to its smallest form: undo one thing at a time while it still is."""

import dataclasses


def smaller(answer):
    """The answers with one spelling, wrapper, option or (of several) mistake less."""
    for k in range(len(answer.mistakes) if len(answer.mistakes) > 1 else 0):
        yield dataclasses.replace(answer, mistakes=answer.mistakes[:k] + answer.mistakes[k + 1 :], result={})
    for name in ("groups", "spelled", "frame"):
        if getattr(answer, name):
            yield dataclasses.replace(answer, **{name: type(getattr(answer, name))()}, result={})
    for k in range(len(answer.groups)):
        yield dataclasses.replace(answer, groups=answer.groups[:k] + answer.groups[k + 1 :], result={})
    for name in ("spelled", "frame"):
        table = getattr(answer, name)
        for key in table:
            yield dataclasses.replace(answer, **{name: {k: v for k, v in table.items() if k != key}}, result={})


def reduced(answer, fails, most=60):
    """The smallest answer found for which `fails` is still true, after looking at `most` at the utmost.

    fails: a function of an answer; one that cannot be made does not fail.
    """
    tried = 0
    while True:
        for other in smaller(answer):
            tried += 1
            if tried > most:
                return answer
            if _fails(other, fails):
                answer = other
                break
        else:
            return answer


def _fails(answer, fails):
    from .wrong import Impossible

    try:
        return fails(answer)
    except (Impossible, SyntaxError):
        return False
