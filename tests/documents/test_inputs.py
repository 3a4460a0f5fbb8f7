import os

import pytest

from opvalidate.documents.inputs import Empty, Input, Missing, find


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (
        "a.json",
        "b.YAML",
        "c.jsonl",
        "d.ndjson",
        "e.yml",
        "notes.txt",
        ".hidden.json",
        "sub/a.json",
        "sub/deep/z.json",
        ".git/x.json",
        "a[1].json",
        "none/notes.txt",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    return tmp_path


def names(*arguments, exclude=()):
    return [found.name if isinstance(found, Input) else found for found in find(arguments, exclude=exclude)]


IN_SUB = ["sub/a.json", "sub/deep/z.json"]
ALL = ["a.json", "a[1].json", "b.YAML", "c.jsonl", "d.ndjson", "e.yml", *IN_SUB]


def test_a_folder_s_documents_are_sorted_without_hidden_files(folder):
    assert names(".") == ALL
    assert names("sub") == names("sub/") == IN_SUB
    assert names(str(folder / "sub")) == [str(folder / name) for name in IN_SUB]


@pytest.mark.usefixtures("folder")
def test_an_argument_is_read_whatever_its_extension():
    assert names("notes.txt", ".hidden.json", "a[1].json") == ["notes.txt", ".hidden.json", "a[1].json"]


@pytest.mark.usefixtures("folder")
def test_files_are_in_the_order_of_the_arguments_each_once():
    os.symlink("a.json", "same.json")
    assert names("sub/a.json", "a.json", "./a.json", "same.json", "sub", "-", "-") == [
        "sub/a.json",
        "a.json",
        "sub/deep/z.json",
        "<stdin>",
    ]


def test_standard_input_has_no_path():
    assert list(find(["-"])) == [Input("<stdin>", None)]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "pattern,expected",
    [
        ("*.json", ["a.json", "a[1].json"]),
        ("**/*.json", ["a.json", "a[1].json", *IN_SUB]),
        ("s*", IN_SUB),
        ("*.txt", ["notes.txt"]),
        ("[n-z]*", IN_SUB),
        ("**", ALL),
        ("?.yml", ["e.yml"]),
    ],
)
def test_a_pattern_finds_the_matching_documents(pattern, expected):
    assert sorted(names(pattern)) == sorted(expected)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("argument", ["nothing.json", "nothing/*.json", "none/*", "", "a\0b"])
def test_an_argument_that_matches_nothing_is_missing(argument):
    (missing,) = find([argument])
    assert isinstance(missing, Missing)
    assert missing.argument == argument


@pytest.mark.usefixtures("folder")
def test_a_folder_without_documents_is_empty():
    assert names("none", "a.json") == [Empty("none"), "a.json"]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "exclude,expected",
    [
        (["sub"], ALL[:-2]),
        (["sub/"], ALL[:-2]),
        (["deep"], ALL[:-1]),
        (["sub/deep"], ALL[:-1]),
        (["*.json"], ["b.YAML", "c.jsonl", "d.ndjson", "e.yml"]),
        (["./sub/a.json"], [*ALL[:6], ALL[7]]),
        (["sub/*", "?.*"], ["a[1].json"]),
    ],
)
def test_excluded_files_are_not_found(exclude, expected):
    assert names(".", exclude=exclude) == expected
    assert names("**", exclude=exclude) != names("**")
    assert set(names(*ALL, exclude=exclude)) == set(expected)


def test_a_circular_link_is_followed_once(folder):
    os.symlink(folder, folder / "sub" / "round")
    assert sorted(os.path.basename(name) for name in names(".")) == sorted(
        os.path.basename(name) for name in ALL
    )


@pytest.mark.usefixtures("folder")
def test_a_pipe_is_read_when_named_and_skipped_in_a_folder():
    os.mkfifo("sub/pipe.json")
    assert names("sub") == IN_SUB
    assert names("sub/pipe.json") == ["sub/pipe.json"]


@pytest.mark.usefixtures("folder")
def test_a_folder_that_cannot_be_read_is_missing(monkeypatch):
    def deny(_path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", deny)
    (missing,) = find(["sub"])
    assert missing == Missing("sub", "cannot be read: Permission denied")
