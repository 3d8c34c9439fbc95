"""The door to submitted folders: what it lets through, what it refuses, and where each of its limits stands."""

import logging
import os
import socket
import time

import pytest

from autograder.grading import files
from autograder.grading.files import (
    MAX_BYTES,
    MAX_ENTRIES,
    Budget,
    Refused,
    TooLarge,
    copy_tree,
    digest_of,
    entries,
    lock,
    open_folder,
)
from autograder.grading.set_aside import SAID, SetAside


@pytest.fixture
def place(tmp_path):
    """tmp_path/submitted/ada/work, and a secret beside submitted."""
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "elsewhere").mkdir()
    work = tmp_path / "submitted" / "ada" / "work"
    work.mkdir(parents=True)
    return work


def refusals(place, **budget):
    with open_folder(place) as folder:
        return {entry.path: entry.refused for entry in entries(folder, Budget(**budget)) if entry.refused}


def hard_link(path):
    os.link(path.parents[3] / "secret", path)
    os.chown(path.parent, 12345, 12345)  # the folder is the student's, the file is not


STRANGE = {
    "link": lambda path: path.symlink_to("../../../secret"),
    "link to a folder": lambda path: path.symlink_to("../../../elsewhere"),
    "link to nowhere": lambda path: path.symlink_to("nowhere"),
    "link to itself": lambda path: path.symlink_to(path.name),
    "pipe": os.mkfifo,
    "device": lambda path: os.mknod(path, 0o020666, os.makedev(1, 5)),
    "hard link": hard_link,
}


@pytest.mark.parametrize("others", ["many", "large"])
def test_no_other_file_is_used_in_the_place_of_the_notebook_and_its_time(place, others):
    (place / "work.ipynb").write_text("{}")
    (place / "timestamp.txt").write_text("2026-11-01")
    for number in range(MAX_ENTRIES if others == "many" else 1):
        with open(place / f"{number:04}.ipynb", "wb") as file:
            file.truncate(MAX_BYTES if others == "large" else 0)
    with open_folder(place.parents[1], "ada", "work") as folder:
        before = digest_of(folder, ["work.ipynb"])
        assert copy_tree(folder, place.parent / "copy", first=["work.ipynb"])
        assert {"work.ipynb", "timestamp.txt"} <= {*os.listdir(place.parent / "copy")}
        (place / "work.ipynb").write_text("[]")
        assert digest_of(folder, ["work.ipynb"]) != before


@pytest.mark.parametrize("make", STRANGE.values(), ids=STRANGE)
def test_what_is_no_file_of_the_student_s_is_not_opened_by_any_way(place, make):
    try:
        make(place / "x")
    except PermissionError:
        pytest.skip("only root can make it")
    with open_folder(place.parents[1], "ada", "work") as folder:
        for way in (folder.open, folder.folder, lambda name: folder.read(name, 100)):
            with pytest.raises(Refused):
                way("x")
        assert [entry.path for entry in copy_tree(folder, place.parent / "copy")] == ["x"]
    assert set(refusals(place)) == {"x"}
    assert not os.listdir(place.parent / "copy")


def test_sockets_are_refused(place, monkeypatch):
    monkeypatch.chdir(place)  # its path would be too long
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("x")
        assert set(refusals(place)) == {"x"}


def test_what_is_mounted_from_elsewhere_is_refused():
    with pytest.raises(Refused, match="it is mounted from elsewhere"):
        open_folder("/", "proc")


EXCHANGED = {"a link": STRANGE["link"], "a pipe": os.mkfifo, "a folder": os.mkdir, "a hard link": hard_link}


@pytest.mark.parametrize("make", EXCHANGED.values(), ids=EXCHANGED)
def test_what_is_exchanged_between_the_look_and_the_opening_is_refused(place, monkeypatch, make):
    (place / "x").write_text("mine")
    if os.getuid() == 0:
        os.chown(place, 12345, 12345)
    really = os.open

    def exchange(name, *arguments, **options):
        if name == "x":
            os.unlink(place / "x")
            try:
                make(place / "x")
            except PermissionError:
                pytest.skip("only root can make it")
        return really(name, *arguments, **options)

    with open_folder(place) as folder:
        monkeypatch.setattr(os, "open", exchange)
        with pytest.raises(Refused, match=r"exchanged while it was opened|cannot be opened"):
            folder.read("x", 100)


@pytest.mark.parametrize("character", ["\n", "\x1b", "\x7f", "\x9b", "\u2028", "\u202e", "\u2066"], ids=ascii)
def test_names_that_would_change_what_is_shown_are_refused(place, character):
    (place / f"a{character}b").touch()
    (place / "ä b").touch()
    assert refusals(place) == {f"a{character}b": "its name holds control characters"}


def test_a_name_that_is_no_text_here_names_the_fix(place):
    (place / "m\udcffller").touch()
    assert refusals(place)["m\udcffller"].endswith("set LC_ALL=C.UTF-8 and unset PYTHONUTF8")


@pytest.mark.parametrize("link", ["submitted/ada", "submitted/ada/work", "submitted/ben/work"])
def test_no_folder_on_the_way_may_be_a_link(place, tmp_path, link):
    path = tmp_path / link
    if path.exists():
        path.rename(tmp_path / "elsewhere" / "moved")
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(tmp_path / "elsewhere")
    names = link.split("/")[1:]
    with pytest.raises(Refused, match="it is a link"):
        open_folder(tmp_path / "submitted", *names)


def test_the_trusted_folder_may_be_a_link(place, tmp_path):
    (tmp_path / "other_disk").symlink_to("submitted")
    with open_folder(tmp_path / "other_disk", "ada", "work") as folder:
        assert folder.names() == []


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "/etc/passwd", "../../../secret", "a\0b"])
def test_a_name_is_never_a_path(place, name):
    with open_folder(place) as folder, open_folder(place.parent) as other:
        for way in (folder.open, folder.folder, folder.status, folder.remove, lambda name: folder.write(name, b"")):
            with pytest.raises(Refused):
                way(name)
        (place / "x").touch()
        with pytest.raises(Refused):
            folder.move("x", other, name)


@pytest.mark.parametrize("target", ["../../../secret", "../../../planted", "../../../elsewhere"])
def test_writing_replaces_a_link(place, tmp_path, target):
    (place / "x").symlink_to(target)
    with open_folder(place) as folder:
        folder.write("x", b"mine")
        assert (place / "x").read_text() == "mine" and not (place / "x").is_symlink()
        (place / "y").symlink_to(target)
        with folder.make("y") as made:
            made.write("z", b"mine")
    assert (place / "y" / "z").exists() and not (place / "y").is_symlink()
    assert (tmp_path / "secret").read_text() == "secret" and not os.listdir(tmp_path / "elsewhere")
    assert not (tmp_path / "planted").exists() and sorted(os.listdir(place)) == ["x", "y"]


def test_a_lock_is_held_once(place):
    first = lock(os.open(place, os.O_RDONLY))
    assert first is not None and lock(os.open(place, os.O_RDONLY)) is None
    os.close(first)
    assert lock(os.open(place, os.O_RDONLY)) is not None


# ------------------------------------------------------------------ limits: just below, just above


def test_number_of_files(place):
    for number in range(files.MAX_ENTRIES):
        (place / f"a{number:05}").touch()
    assert refusals(place) == {}
    (place / "b").touch()
    assert refusals(place) == {"b": "the submission holds too many files"}
    (place / "c.ipynb").touch()  # notebooks come first
    assert set(refusals(place)) == {f"a{files.MAX_ENTRIES - 1:05}", "b"}


def test_size_of_files(place):
    for name in ("a", "b"):
        with open(place / name, "wb") as file:
            file.truncate(files.MAX_BYTES // 2)
    assert refusals(place) == {}
    (place / "c").write_text("x")
    assert refusals(place) == {"c": "the submission is too large"}


def test_a_large_file_costs_only_itself(place):
    with open(place / "a", "wb") as file:
        file.truncate(files.MAX_BYTES + 1)
    (place / "b").write_text("x")
    assert set(refusals(place)) == {"a"}


def test_depth_of_folders(place):
    deep = place.joinpath(*"d" * files.MAX_DEPTH)
    deep.parent.mkdir(parents=True)
    deep.touch()
    assert refusals(place) == {}
    deep.unlink()
    deep.joinpath("x").mkdir(parents=True)
    assert refusals(place) == {"/".join("d" * files.MAX_DEPTH) + "/x": "it lies too deep in folders"}


def test_length_of_paths(place):
    below = place
    for _ in range(4):
        below = below / ("x" * 200)
    below.mkdir(parents=True)
    left = files.MAX_PATH - 4 * 201
    (below / ("y" * left)).touch()
    assert refusals(place) == {}
    (below / ("y" * (left + 1))).touch()
    assert list(refusals(place).values()) == ["it lies too deep in folders"]


def test_bytes_that_are_read(place):
    (place / "x").write_bytes(bytes(1000))
    with open_folder(place) as folder:
        assert len(folder.read("x", 1000)) == 1000
        with pytest.raises(TooLarge):
            folder.read("x", 999)


# ------------------------------------------------------------------ setting aside


def set_aside(place, first=()):
    with open_folder(place) as folder:
        return SetAside(folder, logging.getLogger("test")).take_all(first)


def test_setting_aside_takes_the_time_of_what_there_is(place):
    def seconds(count):
        for number in range(count):
            (place / f"link_{number}").symlink_to("/etc/passwd")
        started = time.process_time()
        assert len(set_aside(place)) == count
        return time.process_time() - started

    few, many = seconds(1000), seconds(8000)
    assert many < 30 * few + 0.5  # 8 times the links: 8 times the time, not 64
    assert os.listdir(place) == [] and len(os.listdir(place.parent / ".set_aside" / "work")) == 9000


def test_what_is_set_aside_again_overwrites_nothing(place):
    for _ in range(3):
        (place / "link").symlink_to("nowhere")
        set_aside(place)
    assert sorted(os.listdir(place.parent / ".set_aside" / "work")) == ["0_link", "1_link", "2_link"]


def test_names_that_are_too_long_or_hostile_can_be_set_aside(place):
    for name in (b"x" * 255, b"\xff" * 255, "é\n".encode() * 80, b"\x1b" * 3):
        os.symlink("nowhere", os.path.join(os.fsencode(place), name))
    assert len(set_aside(place)) == 4
    for name in os.listdir(place.parent / ".set_aside" / "work"):
        assert not files.CONTROL.search(name)


@pytest.mark.parametrize("name", [".set_aside", ".set_aside/work"])
def test_things_are_never_set_aside_through_a_link(place, tmp_path, name):
    path = place.parent / name
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(tmp_path / "elsewhere")
    (place / "link").symlink_to("nowhere")
    set_aside(place)
    assert os.listdir(tmp_path / "elsewhere") == [] and not path.is_symlink()
    assert os.listdir(place.parent / ".set_aside" / "work") == ["0_link"]


def test_the_log_names_twenty(place, caplog):
    for number in range(SAID + 5):
        (place / f"link_{number:02}").symlink_to("nowhere")
    set_aside(place)
    assert len(caplog.records) == SAID + 1


def test_a_copy_holds_what_may_be_used(place):
    (place / "folder").mkdir()
    (place / "folder" / "file").write_text("x")
    (place / "empty").mkdir()
    (place / "link").symlink_to("folder")
    os.utime(place / "folder" / "file", (1000, 1000))
    (place / "unwanted").touch()
    with open_folder(place) as folder:
        left = copy_tree(folder, place.parent / "copy", wanted=lambda entry: entry.name != "unwanted")
    assert [entry.path for entry in left] == ["link"]
    assert (place.parent / "copy" / "folder" / "file").stat().st_mtime == 1000
    assert not (place.parent / "copy" / "unwanted").exists()
