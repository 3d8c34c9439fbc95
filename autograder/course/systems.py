"""How learning management systems lay out the submissions that one downloads from them: where a path says whose a file is,
what the student is called, and when it was submitted.

A pattern takes what the system itself writes from the beginning of a path, so that no name that a student chose is
mistaken for it. Groups: student_id and file_id; perhaps lms_id (what the system's own import calls the student),
first_name, last_name or full_name, time, late, and number (which tells namesakes apart).
"""

import functools
import re
import unicodedata
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_NOTEBOOK = r"(?P<file_id>[^/]+)\.ipynb$"
_BELOW = r"(?:.*/)?" + _NOTEBOOK
_FILE = r"(?:[^/]+/(?:.*/)?)?" + _NOTEBOOK  # the file itself, or what a student's zip held
_DOWNLOAD = r"(?:[^/]+/)??"  # the folder of the downloaded zip, if it has one

PATTERNS = {
    # Jane Doe_1234567_assignsubmission_file_/residual_networks.ipynb ("download in folders"), or a group's name before it:
    # Moodle, mod/assign/locallib.php, download_submissions
    "Moodle": _DOWNLOAD + r"(?:[^/]*_)?(?P<full_name>[^/_]+)_(?P<student_id>\d+)_assignsubmission_file_?/" + _BELOW,
    # Jane Doe_1234567_assignsubmission_file_residual_networks.ipynb: the same without folders
    "Moodle, flat": _DOWNLOAD + r"(?:[^/]*?_)??(?P<full_name>[^/_]+)_(?P<student_id>\d+)_assignsubmission_file_" + _FILE,
    # anon_4fXk2_678901_residual_networks.ipynb: Canvas, lib/content_zipper.rb, where graders see no names
    "Canvas, anonymous": _DOWNLOAD + r"(?:(?P<late>LATE)_)?(?P<student_id>anon_[A-Za-z0-9]+)_\d+_" + _FILE,
    # doejane_LATE_12345_678901_residual_networks-1.ipynb: name, perhaps LATE, user and file; also the folder of a zip
    "Canvas": _DOWNLOAD + r"(?P<student_id>[^/_]+)_(?:(?P<late>LATE)_)?(?P<number>\d+)_\d+_" + _FILE,
    # assignment_99_export/submission_345678/residual_networks.ipynb, with submission_metadata.yml beside the folders
    "Gradescope": _DOWNLOAD + r"(?:assignment_\d+_export/)?submission_(?P<student_id>\d+)/" + _BELOW,
    # Homework 3_jdoe_attempt_2026-11-20-14-32-10_residual_networks.ipynb: Blackboard Learn, "Assignment File Download"
    "Blackboard": _DOWNLOAD + r"(?P<title>[^/]+?)_(?P<student_id>[^/_]+)_attempt_(?P<time>\d{4}(?:-\d\d){5})_" + _FILE,
    # 123456-789012 - Jane Doe - Nov 20, 2026 232 PM/residual_networks.ipynb: D2L Brightspace, "Download" in Dropbox.
    # The first number is the user's inside Brightspace, which none of its lists has; some sites add the OrgDefinedId
    "Brightspace": _DOWNLOAD
    + r"(?P<student_id>\d+)-\d+ ?- (?:(?P<lms_id>[A-Za-z]{0,3}\d{5,}) ?- )?(?P<full_name>[^/]+?) ?- "
    + r"(?P<time>[A-Z][a-z]{2,8} \d{1,2}, \d{4} \d{1,2}:?\d\d ?[AP]M)"
    + r"(?:/| - )"
    + _BELOW,
    # Doe_Jane_jdoe_12345/20261120143210_residual_networks.ipynb: ILIAS, Modules/Exercise/classes/class.ilExSubmission.php
    "ILIAS": r"(?:[^/]+/){0,3}?(?P<last_name>[^/_]+)_(?P<first_name>[^/_]+)_(?P<student_id>[^/_]+)_(?P<lms_id>\d+)/"
    + r"(?:(?P<time>\d{14})_)?"
    + _FILE,
    # Homework/Doe, Jane(jdoe)/Submission attachment(s)/residual_networks.ipynb: Sakai, "Download All"; timestamp.txt beside
    "Sakai": r"(?:[^/]+/){0,2}?(?P<last_name>[^/,()]+), (?P<first_name>[^/()]*)\((?P<student_id>[^/()]+)\)/"
    + r"Submission attachment\(s\)/"
    + _BELOW,
}
IMPORTED = {"Moodle": "Participant {student_id}", "Moodle, flat": "Participant {student_id}", "Canvas": "{number}"}
TIMES = (
    "%Y-%m-%d-%H-%M-%S",
    "%b %d, %Y %I:%M %p",
    "%B %d, %Y %I:%M %p",
    "%b %d, %Y %I%M %p",
    "%B %d, %Y %I%M %p",
    "%Y%m%d%H%M%S",
)
METADATA = "submission_metadata.yml"  # Gradescope's
# A name may hold anything, and is folded when it is long: its further lines stand deeper than these.
_METADATA_LINE = re.compile(r"(submission_\d+):\s*|(?:  - |    ):(name|sid|email): +(.{1,200})|  :(created_at): +(.{1,200})")


def known_of(path, patterns):
    """What a path below the download says: the groups of the pattern that fits, with what the system's import calls the
    student as "lms_id"; None where none fits. Of several, the one whose student stands first counts: what comes later in
    a path may be the student's own."""
    matches = {name: match for name, pattern in patterns.items() if (match := re.match(pattern, path))}
    if not matches:
        return None
    system = min(matches, key=lambda name: matches[name].start("student_id"))
    known = {key: value for key, value in matches[system].groupdict().items() if value}
    if system in IMPORTED and "lms_id" not in known:
        known["lms_id"] = IMPORTED[system].format_map({"number": "", **known})
    if system == "Brightspace":
        known["by_name"] = known["full_name"]
    if "full_name" in known:
        known["first_name"], _, known["last_name"] = known.pop("full_name").strip().rpartition(" ")
    return known


def in_utc(time, zone):
    """A time as a system writes it, in UTC and as nbgrader reads it; None where it is none. zone: the name of the time zone
    in which it is meant."""
    text = time.strip()[:14] if time.strip()[:14].isdigit() else time.strip()
    iso = re.sub(r" (?=[+-]\d\d:?\d\d$)", "", text.removesuffix(" UTC").replace(" Z", "+00:00"))
    for read in (datetime.fromisoformat, *(functools.partial(_parse, form=form) for form in TIMES)):
        try:
            found = read(iso if read is datetime.fromisoformat else text)
        except ValueError:
            continue
        found = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
        return found.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return None


def _parse(text, form):
    return datetime.strptime(text, form)


def gradescope_metadata(text):
    """{submission's folder: {"name", "sid", "email", "created_at"}} of Gradescope's submission_metadata.yml, of the first of
    several submitters. It is read line by line: it is made by a machine, and PyYAML takes minutes for a large class."""
    found, here = {}, None
    for line in text.split("\n"):
        match = _METADATA_LINE.fullmatch(line.rstrip("\r"))
        if match and match[1]:
            here = found.setdefault(match[1], {})
        elif match and here is not None:
            here.setdefault(match[2] or match[4], (match[3] or match[5]).strip().strip("'\""))
    return found


def call_as_in(students, known_files):
    """Call the students of a download as the gradebook does, which has them by the system's number, by the download's own
    id, or on Brightspace by name."""
    on_brightspace = [known for known in known_files if "by_name" in known]
    if not all("lms_id" in known for known in on_brightspace):  # it writes the number for all; else it is part of a name
        for known in on_brightspace:
            known.pop("lms_id", None)
    there = {student.id: student.lms_user_id for student in students}
    by_number = {number: name for name, number in there.items() if number}
    by_name = matched_by_name(students, known_files)
    for known in known_files:
        name, number = known["student_id"], known.get("lms_id")
        if number in by_number:
            known["student_id"] = by_number[number]
        elif "number" not in known:
            known["student_id"] = name if name in there else by_number.get(name) or by_name.get(name) or name
        elif there.get(name):  # on Canvas, whose names students choose: another one's id
            known["student_id"] = f"{name}_{number}"


def matched_by_name(students, known_files):
    """{the download's number: a student's id} where only a name says whose a file is, as on Brightspace: for names that one
    student in the gradebook and one in the download have."""
    ids, numbers = {}, {}
    for student in students:
        name = " ".join(part for part in (student.first_name, student.last_name) if part)
        ids.setdefault(_plain_name(name), set()).add(student.id)
    for known in known_files:
        if "by_name" in known and "lms_id" not in known:
            numbers.setdefault(_plain_name(known["by_name"]), set()).add(known["student_id"])
    return {
        min(here): min(ids[name])
        for name, here in numbers.items()
        if name and len(here) == 1 and len(ids.get(name, ())) == 1
    }


def _plain_name(name):
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
