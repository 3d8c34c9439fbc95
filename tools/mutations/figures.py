"""What the laboratory prints, and what it asks for."""

import collections

ASKED = {1: 0.97, 2: 0.90}  # the share of first findings that name a touched step, by order (2: two or more)
ASKED_LINES = 0.95  # the share of marked lines that a mistake touched
FAILURES = ("right but charged", "wrong but not charged", "charged in another exercise", "Keras sees it otherwise")
UNNAMED = "step not named first"


def failure(answer):
    """Why an answer that was examined is judged as it should not be, or None."""
    r = answer.result
    if r.get("cross"):
        return "charged in another exercise"
    if "keras" in r and r["keras"] != r["wrong"]:
        return "Keras sees it otherwise"
    if not answer.mistakes and r["wrong"]:
        return "a right one computes something else"
    if not r["wrong"]:
        return "right but charged" if r["score"] < r["points"] else None
    if r["score"] == r["points"]:
        return "wrong but not charged"
    return None if named(answer) else UNNAMED


def named(answer):
    """Whether the first finding names a step that a mistake touched."""
    return answer.result["first"] in answer.result["touched"]


def wrappers_of(answer):
    """The wrappers that it truly has, and the form of the whole."""
    return answer.written()[1]


def report(answers, show=print):
    """Print the figures; return {kind of failure: answers}."""
    right = [a for a in answers if not a.mistakes]
    truly = [a for a in answers if a.mistakes and a.result["wrong"]]
    _right_table(right, show)
    _wrong_table(truly, "wrong, by operator", _by(truly, lambda a: sorted({m[0] for m in a.mistakes})), show)
    _wrong_table(truly, "wrong, by wrapper", _by(truly, wrappers_of), show)
    for order in sorted({len(a.mistakes) for a in truly}):
        group = [a for a in truly if len(a.mistakes) == order]
        show(f"order {order}: {len(group)} truly wrong, first finding names a touched step in {share(group):.1%}")
    for exercise in sorted({a.exercise for a in answers}):
        counts = [sum(a.exercise == exercise for a in group) for group in (right, truly)]
        show(f"{exercise}: {counts[0]} right, {counts[1]} truly wrong")
    crossed = [a.result["cross"] for a in answers if "cross" in a.result]
    show(f"points that {len(crossed)} blocks cost in ResNet50: {sum(crossed):g}")
    seen = [a.result["keras"] == a.result["wrong"] for a in answers if "keras" in a.result]
    show(f"Keras agrees with the NumPy truth about {sum(seen)} of {len(seen)} blocks")
    found = collections.defaultdict(list)
    for answer in answers:
        kind = failure(answer)
        if kind:
            found[kind].append(answer)
    return found


def _by(answers, names):
    groups = collections.defaultdict(list)
    for answer in answers:
        for name in names(answer):
            groups[name].append(answer)
    return dict(sorted(groups.items()))


def _right_table(right, show):
    show(f"{'right, by wrapper':36}{'answers':>9}{'accused':>9}")
    for name, group in {**_by(right, wrappers_of), "in all": right}.items():
        show(f"{name:36}{len(group):9}{sum(a.result['score'] < a.result['points'] for a in group):9}")


def _wrong_table(truly, title, groups, show):
    show(f"\n{title:36}{'wrong':>9}{'charged':>9}{'step named':>12}")
    for name, group in {**groups, "in all": truly}.items():
        charged = sum(a.result["score"] < a.result["points"] for a in group)
        show(f"{name:36}{len(group):9}{charged:9}{sum(map(named, group)):12}")


def share(answers):
    return sum(map(named, answers)) / max(len(answers), 1)


def enough_named(answers):
    """Whether enough first findings name a touched step."""
    truly = [a for a in answers if a.mistakes and a.result["wrong"]]
    first, higher = ([a for a in truly if (len(a.mistakes) > 1) is more] for more in (False, True))
    return (not first or share(first) >= ASKED[1]) and (not higher or share(higher) >= ASKED[2])


def case_table(answers, show=print):
    """Print for each hidden case how many wrong answers it kills, and how many it alone kills."""
    from tests.helpers.answers import reference_of

    for exercise in sorted({a.exercise for a in answers}):
        killed = [a.result["cases"] for a in answers if a.exercise == exercise and a.result.get("cases")]
        show(f"\n{exercise}: {len(killed)} wrong answers\n{'kills':>8}{'alone':>8}  hidden case")
        idle = []
        for k, case in enumerate(reference_of(exercise)["cases"]):
            alone = sum(cases == [k] for cases in killed)
            text = ", ".join(
                f"{key}={value}" for key, value in case["case"].items() if key not in ("model", "seed", "batch")
            )
            show(f"{sum(k in cases for cases in killed):8}{alone:8}  {k}: {text or 'defaults'}")
            idle += [] if alone else [k]
        if idle:
            show(f"alone kill nothing: {', '.join(map(str, idle))}")


def describe(answer):
    """An answer in words: what is wrong with it, how it is written where that is not as in the solution, the verdict."""
    r = answer.result
    mistakes = " and ".join(
        f"{operator} {key} {change if change is not None else ''}".strip() for operator, key, change in _three(answer)
    )
    written = [f"{key}: {value}" for key, value in {**answer.spelled, **answer.frame}.items()]
    written += [f"{kind} around {first}..{last}" for kind, first, last in answer.groups]
    return (
        f"{answer.exercise} | {mistakes or 'right'} | {', '.join(written) or 'as in the solution'} | touched "
        f"{sorted(r['touched'])} | {r['status']} {r['score']:g} {r['codes']} {r['words'][:160]}"
    )


def _three(answer):
    return [(m[0], m[1], m[2]) for m in answer.mistakes]
