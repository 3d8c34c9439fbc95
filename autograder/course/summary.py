"""What a class did, as plain data: above all numbers, what to do about it."""

import ast
import statistics
import time
import warnings
from collections import Counter

from ..grading.judging import held_note
from ..model.verdict import Status
from .alike import near_duplicates

TROUBLE = tuple(set(Status) - {Status.RIGHT, Status.WRONG, Status.MISSING, Status.NOT_JUDGED})
MAX_EXAMPLE = 20_000  # characters of an answer that is shown as an example
EXAMPLES = 3  # of a mistake
MANY = 0.2  # of those who answered an exercise: what so many did not understand, the class did not
NAMED = 8  # students that a sentence names
LITTLE = 0.5  # of the points: who has less is worth a talk


def summarize(assignment, students, most, handed_out="", absent=(), groups=()):
    """The report's content as plain data. `handed_out` is code that everybody has, `absent` the students of the gradebook
    who have submitted nothing, `groups` those who submit together."""
    scores = [s["score"] for s in students]
    verdicts = [(s, v) for s in students for v in s["exercises"].values()]
    data = {
        "assignment": assignment,
        "made": time.strftime("%Y-%m-%d %H:%M"),
        "count": len(students),
        "most": most,
        "mean": statistics.mean(scores),
        "median": statistics.median(scores),
        "full": sum(score >= most for score in scores),
        "exercises": _exercises(verdicts),
        "mistakes": _mistakes(verdicts),
        "hardest": _hardest(verdicts),
        "trouble": [
            *(
                {"student": s["student"], "exercise": "", "status": "not in this report", "says": why}
                for s in students
                for why in s["unreadable"]
            ),
            *(
                {"student": s["student"], "exercise": v["exercise"], "status": v["status"], "says": found_in(v["findings"])}
                for s, v in verdicts
                if v["status"] in TROUBLE
            ),
        ],
        "held": [
            {"student": s["student"], "exercise": v["exercise"], "says": held_note(v["held"], v["status"])}
            for s, v in verdicts
            if v.get("held")
        ],
        "repaired": [{"student": s["student"], "notes": s["repaired"]} for s in students if s["repaired"]],
        "alike": near_duplicates(students, handed_out, groups),
        "groups": groups,
        "absent": sorted(absent),
    }
    return {**data, "advice": advice(data, students)}


def found_in(findings):
    """What the code of the first finding does, in a line."""
    lines = findings[0]["text"].splitlines() if findings else []
    return next((line.removeprefix("Your code: ") for line in lines if line.startswith("Your code: ")), "")


def _answered(verdicts):
    """Those of some verdicts whose exercise was handed in."""
    return [(student, verdict) for student, verdict in verdicts if verdict["status"] != Status.MISSING]


def _exercises(verdicts):
    rows = []
    for name in dict.fromkeys(v["exercise"] for _, v in verdicts):
        mine = [v for _, v in verdicts if v["exercise"] == name]
        rows.append(
            {
                "name": name,
                "points": mine[0]["points"],
                "mean": statistics.mean(v["score"] for v in mine),
                "right": sum(v["status"] == Status.RIGHT for v in mine) / len(mine),
                "answered": sum(v["status"] != Status.MISSING for v in mine),
                "states": dict(Counter(v["status"] for v in mine).most_common()),
            }
        )
    return rows


def _hardest(verdicts):
    """The steps that most of those who answered did not get right, the worst first."""
    lost, asked, names = Counter(), Counter(), {}
    for _, verdict in _answered(verdicts):
        for step in verdict["steps"]:
            key = verdict["exercise"], step["id"]
            names[key] = step["name"]
            asked[key] += 1
            lost[key] += step["earned"] < step["points"]
    return [
        {"exercise": key[0], "step": names[key], "lost": number / asked[key], "count": number}
        for key, number in lost.most_common(12)
        if number
    ]


def _mistakes(verdicts):
    """The mistakes of the class, the most frequent first: those known by a name, and those that findings tell in the same
    words. Each has what was said to one of those who made it, and the code of up to EXAMPLES of them."""
    made, examples, says = Counter(), {}, {}
    answered = Counter(verdict["exercise"] for _, verdict in _answered(verdicts))
    for student, verdict in _answered(verdicts):
        findings = {finding["name"] or found_in([finding]): finding for finding in verdict["findings"]}
        for name, finding in findings.items():
            key = verdict["exercise"], name, bool(finding["name"])
            made[key] += 1
            says.setdefault(key, finding["text"])
            code = anonymous(_code_of(student, verdict["exercise"]))
            if code and code not in examples.setdefault(key, []) and len(examples[key]) < EXAMPLES:
                examples[key].append(code)
    return [
        {
            "exercise": key[0],
            "name": key[1],
            "known": key[2],
            "count": number,
            "part": number / answered[key[0]],
            "says": says[key],
            "codes": examples.get(key, []),
        }
        for key, number in made.most_common()
        if key[1]
    ]


def _code_of(student, exercise):
    return next((code for name, code in student["code"].items() if name.lower() == exercise.lower()), "")


def anonymous(code):
    """A student's code without comments, texts and layout, which could tell whose it is; "" if it cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the student's code
            tree = ast.parse(code[:MAX_EXAMPLE])
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list) and len(body) > 1 and _is_constant(body[0]):
                del body[0]
        return ast.unparse(tree)[:3000]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""


def _is_constant(statement):
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


# ------------------------------------------------------------------ what to do


def advice(data, students):
    """Three sentences: what many did not understand, whom to talk to, and what to check by hand."""
    return [_not_understood(data), _to_talk_to(data, students), _to_check(data, students)]


def _not_understood(data):
    found = sorted(data["mistakes"], key=lambda mistake: (mistake["part"], mistake["count"]), reverse=True)
    found = [mistake for mistake in found if mistake["count"] > 1]
    if not found:
        return "No mistake was made by more than one student."
    worst, many = found[0], sum(mistake["part"] >= MANY for mistake in found)
    begin = "Not understood by many" if many else "No mistake is common; the most frequent one"
    others = f"; {many - 1} more were made by a fifth or more" if many > 1 else ""
    return (
        f'{begin}: "{worst["name"].rstrip(".")}" in {worst["exercise"]}, by {worst["count"]} students, {worst["part"]:.0%} '
        f"of those who answered it{others}."
    )


def _to_talk_to(data, students):
    weak = sorted((s["score"], s["student"]) for s in students if s["score"] < LITTLE * data["most"])
    told = [f"{named([name for _, name in weak])} with less than half of the points"] if weak else []
    told += [f"{named(data['absent'])} who submitted nothing"] if data["absent"] else []
    return f"Talk to {', and '.join(told)}." if told else "Everybody submitted, and has at least half of the points."


def _to_check(data, students):
    manual = [s["student"] for s in students if s["manual"]]
    told = [
        f"{count} {what if count == 1 else whats}"
        for count, what, whats in (
            (len(manual), "submission that needs a manual grade", "submissions that need a manual grade"),
            (len(data["trouble"]), "answer that stopped or could not be read", "answers that stopped or could not be read"),
            (len(data["repaired"]), "submission that was repaired", "submissions that were repaired"),
            (len(data["alike"]), "pair of submissions that are alike", "pairs of submissions that are alike"),
        )
        if count
    ]
    return f"Check by hand: {', '.join(told)}." if told else "Nothing needs to be checked by hand."


def named(names):
    """Some names in a sentence, the first ones if they are many."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
