"""Files that settings name: regular ones, of a limited size."""

from __future__ import annotations

import os

import pytest

from opvalidate.files import read_regular


@pytest.mark.parametrize("most, count", [(0, 1), (3, 4), (5, 5), (100, 5)])
def test_one_byte_more_than_the_limit_is_read(tmp_path, most, count):
    (tmp_path / "a").write_bytes(b"12345")
    assert read_regular(str(tmp_path / "a"), most) == b"12345"[:count]


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX pipes")
def test_a_file_that_is_not_regular_is_an_error(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    for path in (tmp_path / "pipe", tmp_path / "link", "/dev/zero"):
        with pytest.raises(OSError, match="not a regular file") as caught:
            read_regular(str(path), 10)
        assert caught.value.filename == str(path)
    with pytest.raises(IsADirectoryError):
        read_regular(str(tmp_path), 10)
