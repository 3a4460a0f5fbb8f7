"""Several processes print the same as one, byte by byte."""

from __future__ import annotations

import json
import os
import pickle
import random
import re
import signal
import struct
import threading
from multiprocessing.process import BaseProcess

import pytest
from evaluation import good

import opvalidate
from opvalidate.cli import parallel as jobs
from opvalidate.cli import pieces
from opvalidate.cli import source as document_source
from opvalidate.cli.fork_pool import CAN_FORK, Forks, Promise
from opvalidate.cli.main import main
from opvalidate.cli.outputs import ALONE
from opvalidate.documents.document import Document
from opvalidate.documents.inputs import Input, sizes
from opvalidate.engine.batch import facts
from opvalidate.report.formats import FORMATS, Style, formatter

pytestmark = pytest.mark.slow


@pytest.fixture
def pool(monkeypatch):
    monkeypatch.setattr(pieces, "PIECE", 5000)
    monkeypatch.setattr(document_source, "WORTH_A_FORK", 0)
    monkeypatch.setattr(jobs, "WORTH_A_POOL", 0)


@pytest.fixture
def forks(monkeypatch):
    if not CAN_FORK:
        pytest.skip("there are no forks here")
    monkeypatch.setattr(pieces, "PIECE", 5000)
    monkeypatch.setattr(document_source, "WORTH_A_FORK", 0)
    monkeypatch.setattr(jobs, "WORTH_A_FORK", 0)


@pytest.fixture(params=["pool", "forks"])
def small_pieces(request):
    request.getfixturevalue(request.param)


def deals(count):
    source = random.Random(7)
    for number in range(count):
        made = good(
            ClientToken=f"token-{number}",
            PartnerOpportunityIdentifier=f"CRM-{source.randint(0, count)}",
            Project__Title=f"Deal {number}",
        )
        if source.random() < 0.2:
            made["Customer"]["Account"]["WebsiteUrl"] = "no website"
        yield json.dumps(made)


def both(capsysbinary, *arguments, also=None):
    """Return exit code, output, errors and the output file, of one process and of three."""
    outcomes = []
    for number in ("1", "3"):
        code = main(["check", "--today", "2026-11-24", "--jobs", number, *arguments])
        written = [] if also is None else [also.read_bytes()]
        outcomes.append((code, *capsysbinary.readouterr(), *written))
    return outcomes


def lines():
    """Lines as in real files: blank, invalid, repeated, with a duplicate key, and larger than a piece."""
    text = list(deals(60))
    text[5] += "\n\n   "
    text[11] = text[11][:-1]
    text[17] = text[17].replace('{"', '{"Catalog": "AWS", "', 1)
    text[20] = "[]"
    text[23] = json.dumps({"Comment": "x" * 20_000})
    text.insert(40, text[39])
    return text


FORMS = [(form, "") for form in FORMATS] + [("text", "\n"), ("sarif", "\r\n\n")]


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("form,end", FORMS)
def test_json_lines_in_pieces(tmp_path, capsysbinary, form, end):
    (tmp_path / "deals.jsonl").write_text("\n".join(lines()) + end, encoding="utf-8")
    one, several = both(capsysbinary, "--format", form, str(tmp_path / "deals.jsonl"))
    assert several == one
    assert one[0] == 1
    assert form == "summary" or b"OPV952" in one[1] or b"partner-opportunity-identifier-twice" in one[1]


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("more", [(), ("--statistics",), ("--output", "sarif=o.sarif")])
def test_several_outputs(tmp_path, capsysbinary, monkeypatch, more):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deals.jsonl").write_text("\n".join(lines()), encoding="utf-8")
    for form in ("text", "concise"):
        arguments = ("--output", "jsonl=o.jsonl", *more, "--format", form, "deals.jsonl")
        one, several = both(capsysbinary, *arguments, also=tmp_path / "o.jsonl")
        assert several == one
        assert one[-1].count(b"\n") > 20


@pytest.mark.usefixtures("small_pieces")
def test_each_processes_findings_count_for_the_exit_code(tmp_path, capsysbinary):
    (tmp_path / "deals.jsonl").write_text("\n".join(deals(60)), encoding="utf-8")
    for fail_on, code in (("error", 0), ("warning", 1), ("info", 1), ("never", 0)):
        arguments = ("--ignore", "partner-opportunity-identifier-twice", "--fail-on", fail_on)
        one, several = both(capsysbinary, *arguments, str(tmp_path / "deals.jsonl"))
        assert several == one
        assert one[0] == code


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_document_fails_that_only_a_batch_rule_finds_wrong(tmp_path, capsysbinary, form):
    (tmp_path / "deals.jsonl").write_text("\n".join(deals(60)), encoding="utf-8")
    one, several = both(capsysbinary, "--format", form, str(tmp_path / "deals.jsonl"))
    assert several == one
    failed = rb" [1-9]\d* failed" if form == "text" else rb'"documentsFailed": [1-9]'
    assert re.search(failed, one[1])
    ignored = ("--ignore", "partner-opportunity-identifier-twice", "--format", form)
    one, several = both(capsysbinary, *ignored, str(tmp_path / "deals.jsonl"))
    assert several == one
    assert not re.search(failed, one[1])


@pytest.mark.parametrize("form", ALONE)
def test_a_task_can_be_pickled(form):
    """For platforms without fork: the worker formats findings as this process does."""
    task = jobs.Task(opvalidate.Checker(today="2026-11-24"), None, (formatter(form, Style(columns=60)),))
    sent = pickle.loads(pickle.dumps(task))
    document = Document({"Id": "O1"}, data=b'{"Id": "O1"}', file="a.json")
    texts = [
        each.formatters[0].add(document, each.checker.evaluate(document).findings) for each in (task, sent)
    ]
    assert texts[0] == texts[1] != ""


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("place", [0, 3, 30, 59])
def test_a_document_over_several_lines(tmp_path, capsysbinary, place):
    text = list(deals(60))
    text[place] = json.dumps(json.loads(text[place]), indent=1)
    text[41] = text[41][:-20]
    (tmp_path / "deals.jsonl").write_text("\n".join(text), encoding="utf-8")
    one, several = both(capsysbinary, str(tmp_path / "deals.jsonl"))
    assert several == one
    assert b"spread over" in one[1]


@pytest.mark.usefixtures("small_pieces")
def test_files_of_all_kinds(tmp_path, capsysbinary):
    text = lines()
    for number, one in enumerate(text):
        (tmp_path / f"{number:02}.json").write_text(one, encoding="utf-8")
    (tmp_path / "array.json").write_text(f"[{', '.join(deals(30))}]", encoding="utf-8")
    (tmp_path / "more.jsonl").write_text("\n".join(deals(30)), encoding="utf-8")
    comment = "# opvalidate: ignore[website-url-required] none yet\n"
    (tmp_path / "one.yaml").write_text(comment + json.dumps(good()), encoding="utf-8")
    one, several = both(capsysbinary, str(tmp_path))
    assert several == one
    assert b"unused-suppression" in one[1]


@pytest.mark.usefixtures("small_pieces")
def test_updates_with_their_records(tmp_path, capsysbinary):
    (tmp_path / "records.jsonl").write_text(json.dumps({"Id": "O1234567"}), encoding="utf-8")
    updates = [
        json.dumps({**good(), "Identifier": f"O123456{number}", "LastModifiedDate": "2026-11-01T00:00:00Z"})
        for number in range(7, 10)
    ]
    (tmp_path / "updates.jsonl").write_text("\n".join(updates * 9), encoding="utf-8")
    one, several = both(
        capsysbinary, "--record", str(tmp_path / "records.jsonl"), str(tmp_path / "updates.jsonl")
    )
    assert several == one
    assert b"record-missing" in one[1]


@pytest.mark.usefixtures("small_pieces")
def test_a_baseline_applies_in_all_workers(tmp_path, capsysbinary):
    path, baseline = str(tmp_path / "deals.jsonl"), str(tmp_path / "baseline.json")
    (tmp_path / "deals.jsonl").write_text("\n".join(deals(60)), encoding="utf-8")
    assert main(["check", "--write-baseline", baseline, path]) == 0
    capsysbinary.readouterr()
    one, several = both(capsysbinary, "--baseline", baseline, path)
    assert several == one
    assert one[0] == 0


@pytest.mark.usefixtures("small_pieces")
def test_a_file_that_cannot_be_read_stops_no_other(tmp_path, capsysbinary, monkeypatch):
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.json").write_text(next(deals(1)), encoding="utf-8")
    read = pieces.read_path

    def vanished(path, name):
        if name.endswith("b.json"):
            raise OSError(5, "Input/output error")
        return read(path, name)

    monkeypatch.setattr(pieces, "read_path", vanished)
    assert main(["check", "--jobs", "2", str(tmp_path)]) == 2
    out, err = capsysbinary.readouterr()
    assert b"2 documents checked" in out
    assert b"b.json: Input/output error" in err


@pytest.mark.usefixtures("small_pieces")
def test_a_named_file_without_documents_is_reported(tmp_path, capsysbinary):
    names = [tmp_path / name for name in ("a.json", "none.json", "c.jsonl", "blank.jsonl")]
    for path, text in zip(names, (next(deals(1)), "[]", "\n".join(deals(60)), "\n\n"), strict=True):
        path.write_text(text, encoding="utf-8")
    one, several = both(capsysbinary, *map(str, names))
    assert several == one
    assert b"none.json contains no documents" in one[2]


@pytest.mark.usefixtures("small_pieces")
def test_a_large_file_that_vanishes_is_reported_once(tmp_path, capsysbinary, monkeypatch):
    (tmp_path / "a.jsonl").write_text("\n".join(deals(40)), encoding="utf-8")
    (tmp_path / "b.json").write_text(next(deals(1)), encoding="utf-8")
    divide = jobs.pieces_of

    def pieces(path, name):
        found = list(divide(path, name))
        (tmp_path / "a.jsonl").unlink()
        assert len(found) > 2
        yield from found

    monkeypatch.setattr(jobs, "pieces_of", pieces)
    assert main(["check", "--jobs", "2", str(tmp_path)]) == 2
    out, err = capsysbinary.readouterr()
    assert b"1 document checked" in out
    assert err.count(b"a.jsonl: No such file or directory") == 1


def test_a_number_of_processes_is_at_least_one(tmp_path, capsys):
    assert main(["check", "--jobs", "0", str(tmp_path)]) == 2
    assert "--jobs must be at least 1" in capsys.readouterr().err


@pytest.mark.usefixtures("small_pieces")
def test_a_document_that_is_for_nothing_is_counted_as_such(tmp_path, capsysbinary):
    text = [*deals(40), "[1]", "{"]
    (tmp_path / "deals.jsonl").write_text("\n".join(text), encoding="utf-8")
    ignored = ("--ignore", "not-an-object,json-syntax", "--format", "json")
    one, several = both(capsysbinary, *ignored, str(tmp_path / "deals.jsonl"))
    assert several == one


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-8-sig"])
def test_other_encodings_are_reported_as_by_one_process(tmp_path, capsysbinary, encoding):
    (tmp_path / "deals.jsonl").write_bytes("\n".join(deals(40)).encode(encoding))
    one, several = both(capsysbinary, str(tmp_path / "deals.jsonl"))
    assert several == one


@pytest.mark.usefixtures("pool")
def test_where_no_worker_can_be_had_one_process_does_it(tmp_path, capsysbinary, monkeypatch):
    (tmp_path / "deals.jsonl").write_text("\n".join(deals(40)), encoding="utf-8")
    start = BaseProcess.start
    started = []

    def second_refused(process):
        if started:
            raise OSError(11, "Resource temporarily unavailable")
        started.append(process)
        start(process)

    monkeypatch.setattr(BaseProcess, "start", second_refused)
    one, several = both(capsysbinary, str(tmp_path / "deals.jsonl"))
    assert several == one
    (process,) = started
    assert not process.is_alive()


@pytest.mark.usefixtures("pool")
def test_workers_that_end_before_they_start_are_not_waited_for(tmp_path, capsysbinary, monkeypatch):
    monkeypatch.setattr(jobs, "_begin_work", die)
    (tmp_path / "deals.jsonl").write_text("\n".join(deals(40)), encoding="utf-8")
    one, several = both(capsysbinary, str(tmp_path / "deals.jsonl"))
    assert several == one


def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def killed_while_it_sends(connection, error, result):
    """As the kernel does, in the middle of a result."""
    if result:
        os.write(connection.fileno(), struct.pack("!i", 1_000_000) + b"half")
        killed()
    connection.send(error)
    connection.send_bytes(result)


def out_of_memory(*_):
    raise MemoryError


@pytest.mark.skipif(not CAN_FORK, reason="what is replaced here is not replaced in a process that is spawned")
@pytest.mark.usefixtures("pool")
@pytest.mark.parametrize(
    "place, fault, said",
    [
        ("opvalidate.cli.parallel._check_pieces", killed, "was killed"),
        ("opvalidate.cli.process_pool._send", killed_while_it_sends, "was killed"),
        ("opvalidate.cli.parallel._check_pieces", out_of_memory, "ran out of memory"),
    ],
)
def test_a_worker_that_dies_ends_the_run_and_what_was_not_checked_is_named(
    tmp_path, capsys, monkeypatch, place, fault, said
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(place, fault)
    (tmp_path / "b.jsonl").write_text("\n".join(deals(40)), encoding="utf-8")
    for number in range(25):
        (tmp_path / f"c{number:02}.json").write_text(next(deals(1)), encoding="utf-8")
    assert main(["check", "--jobs", "3", "--format", "json", "."]) == 2
    shown = capsys.readouterr()
    assert json.loads(shown.out)["findings"] == []
    names = ", ".join(["b.jsonl", *(f"c{number:02}.json" for number in range(19))])
    assert shown.err == (
        f"opvalidate: a worker process {said}: not checked: {names} and 6 more files (try --jobs 1)\n"
    )


@pytest.mark.skipif(not CAN_FORK, reason="as above")
@pytest.mark.usefixtures("pool")
def test_what_was_checked_before_a_worker_died_is_reported(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_pieces = jobs._check_pieces

    def die_at_the_last(pieces):
        return killed() if pieces[0].name == "b.json" else check_pieces(pieces)

    monkeypatch.setattr(jobs, "_check_pieces", die_at_the_last)
    (tmp_path / "a.jsonl").write_text("\n".join(deals(40)), encoding="utf-8")
    (tmp_path / "b.json").write_text(next(deals(1)), encoding="utf-8")
    assert main(["check", "--jobs", "2", "."]) == 2
    shown = capsys.readouterr()
    assert "40 documents checked" in shown.out
    assert shown.err == "opvalidate: a worker process was killed: not checked: b.json (try --jobs 1)\n"


def test_a_message_names_the_line_from_which_a_file_was_not_checked():
    first = pieces.Piece("a.jsonl", "a.jsonl", 100, 100, 1200, 1201)
    assert jobs._not_checked(MemoryError(), first, ["0.json", "a.jsonl", "b.json"]) == (
        "a worker process ran out of memory: not checked: a.jsonl from line 1,201 on, b.json (try --jobs 1)"
    )


def refuse(*_):
    raise OSError(11, "Resource temporarily unavailable")


def die(*_):
    os._exit(1)


@pytest.mark.usefixtures("forks")
@pytest.mark.parametrize("fork", [refuse, die], ids=["refused", "dead"])
def test_what_no_fork_comes_back_with_is_done_here(tmp_path, capsysbinary, monkeypatch, fork):
    (tmp_path / "deals.jsonl").write_text("\n".join(deals(40)), encoding="utf-8")
    if fork is refuse:
        monkeypatch.setattr(os, "fork", refuse)
    else:
        monkeypatch.setattr(Promise, "_send", die)
    one, several = both(capsysbinary, str(tmp_path / "deals.jsonl"))
    assert several == one


@pytest.mark.usefixtures("forks")
def test_forks_end_with_a_run_that_is_interrupted(tmp_path, capsysbinary, monkeypatch):
    (tmp_path / "deals.jsonl").write_text("\n".join(deals(40)), encoding="utf-8")
    parent, ended = os.getpid(), []
    check_pieces, cancel = jobs._check_pieces, Promise.cancel

    def interrupted(piece):
        if os.getpid() == parent:
            raise KeyboardInterrupt
        signal.pause()
        return check_pieces(piece)

    def cancelled(promise):
        ended.append(promise._child)
        cancel(promise)

    monkeypatch.setattr(jobs, "_check_pieces", interrupted)
    monkeypatch.setattr(Promise, "cancel", cancelled)
    assert main(["check", "--jobs", "3", str(tmp_path / "deals.jsonl")]) == 130
    children = [child for child in ended if child]
    assert len(children) >= 2
    for child in children:
        with pytest.raises(ChildProcessError):
            os.waitpid(child, 0)


def test_hashes_for_all_workers_distinguish_the_same_documents():
    checker = opvalidate.Checker()
    one, same, other = (Document(json.loads(text)) for text in [*[next(deals(1))] * 2, next(deals(2))])
    other.value["ClientToken"] = "another"
    here = [facts(checker, each, "create") for each in (one, same, other)]
    anywhere = [facts(checker, each, "create", anywhere=True) for each in (one, same, other)]
    for found in (here, anywhere):
        assert found[0] == found[1] != found[2]


def test_what_is_large_and_cannot_be_divided_is_read_as_a_stream(tmp_path):
    (tmp_path / "a.jsonl").write_text("{}\n{}", encoding="utf-8")
    (tmp_path / "spread.jsonl").write_text("{\n}", encoding="utf-8")
    (tmp_path / "wide.jsonl").write_text("{}\n{}", encoding="utf-16")
    array, lines, spread, wide, gone = (
        Input(name, str(tmp_path / name))
        for name in ("a.json", "a.jsonl", "spread.jsonl", "wide.jsonl", "gone.jsonl")
    )
    large = document_source.LARGE + 1
    for sized, shared in (
        ([(spread, large)], False),
        ([(spread, document_source.LARGE)], True),
        ([(wide, large)], False),
        ([(gone, large)], True),
        ([(array, large)], False),
        ([(lines, large)], True),
        ([(array, large), (lines, large)], False),
        ([(array, document_source.LARGE)], True),
    ):
        assert document_source._is_worth_it(sized, large) is shared


def test_what_is_little_is_not_shared():
    assert not document_source._is_worth_it([(Input("a.json", "a.json"), 3000)], 3500)


def test_a_missing_file_has_size_zero(tmp_path):
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    files = [Input(name, str(tmp_path / name)) for name in ("a.json", "gone.json", "")]
    assert sizes(files) == [2, 0, None]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name here")
@pytest.mark.usefixtures("small_pieces")
def test_what_can_be_read_but_once_is_not_shared(tmp_path, capsysbinary):
    for number, text in enumerate(deals(20)):
        (tmp_path / f"{number}.json").write_text(text, encoding="utf-8")
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    outcomes = []
    for number in ("1", "3"):
        writer = threading.Thread(target=pipe.write_text, args=(next(deals(1)),))
        writer.start()
        code = main(["check", "--today", "2026-11-24", "--jobs", number, str(tmp_path), str(pipe)])
        writer.join()
        outcomes.append((code, *capsysbinary.readouterr()))
    one, several = outcomes
    assert several == one
    assert b"21 documents checked" in one[1]


@pytest.mark.usefixtures("small_pieces")
def test_a_document_that_is_gone_when_a_batch_rule_finds_something_ends_no_run(
    tmp_path, capsysbinary, monkeypatch
):
    text = [*deals(30)]
    for number, one in enumerate([*text, text[0].replace("Deal 0", "Deal again")]):
        (tmp_path / f"{number:02}.json").write_text(one, encoding="utf-8")
    again = jobs._read_again

    def gone(piece, *place):
        if piece.name.endswith("30.json"):
            (tmp_path / "30.json").unlink()
        return again(piece, *place)

    monkeypatch.setattr(jobs, "_read_again", gone)
    assert main(["check", "--jobs", "2", str(tmp_path)]) == 2
    out, err = capsysbinary.readouterr()
    assert b"31 documents checked" in out
    assert err.endswith(b"30.json: No such file or directory\n")


@pytest.mark.usefixtures("small_pieces")
def test_a_file_that_has_changed_has_other_documents(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("{}", encoding="utf-8")
    for piece in (pieces.Piece(str(path), "a.json"), pieces.Piece(str(path), "a.json", 0, 2)):
        with pytest.raises(OSError, match="document 2 not found"):
            jobs._read_again(piece, jobs.documents_of(piece), 1, 2, 1)


@pytest.mark.usefixtures("small_pieces")
def test_an_array_is_read_again_once_however_many_are_repeated(tmp_path, capsysbinary, monkeypatch):
    repeated = [good(Project__Title=f"Deal {n}", Customer__Account__WebsiteUrl="no") for n in range(30)]
    (tmp_path / "a.json").write_text(json.dumps(repeated), encoding="utf-8")
    here, opened, documents = os.getpid(), [], jobs.documents_of

    def counted(piece):
        if os.getpid() == here:
            opened.append(piece.name)
        return documents(piece)

    monkeypatch.setattr(jobs, "documents_of", counted)
    one, several = both(capsysbinary, str(tmp_path))
    assert several == one
    assert one[1].count(b"partner-opportunity-identifier-twice") == 29
    assert 1 <= len(opened) <= 2  # a fork's part may be done here, and then what is repeated is read


@pytest.mark.usefixtures("forks")
def test_where_children_are_of_no_interest_their_work_is(tmp_path, capsysbinary):
    (tmp_path / "deals.jsonl").write_text("\n".join(deals(40)), encoding="utf-8")
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        one, several = both(capsysbinary, str(tmp_path / "deals.jsonl"))
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert several == one


@pytest.mark.usefixtures("forks")
def test_there_are_at_most_as_many_forks_as_jobs(tmp_path, capsysbinary, monkeypatch):
    (tmp_path / "deals.jsonl").write_text("\n".join(deals(60)), encoding="utf-8")
    forked, fork = [], os.fork
    here = os.getpid()

    def counted():
        if os.getpid() == here:
            forked.append(len(promised()))
        return fork()

    def promised():
        return [one for forks in made for one in forks._promises if one._stream is not None]

    made = []
    init = Forks.__init__

    def kept(forks):
        init(forks)
        made.append(forks)

    monkeypatch.setattr(Forks, "__init__", kept)
    monkeypatch.setattr(os, "fork", counted)
    assert main(["check", "--jobs", "2", str(tmp_path / "deals.jsonl")]) == 1
    assert len(forked) > 3
    assert max(forked) == 1  # with the one that is about to begin, two; nobody else is at work
    capsysbinary.readouterr()
