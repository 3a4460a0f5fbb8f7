"""Whether what a fix writes may be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opvalidate.documents.document import Document, Path
    from opvalidate.documents.edit import Edit
    from opvalidate.finding import Finding


def may_show(document: Document, finding: Finding, edit: Edit) -> bool:
    """Whether the text of an edit may be shown: empty, in the finding, or not sensitive."""
    from opvalidate.schema.fields import dotted, fields_of, is_sensitive

    # `quote` has no value: it writes the document's
    if edit.op in ("remove", "rename") or (edit.op != "quote" and edit.value == finding.suggestion):
        return True
    record = finding.operation == "submit" and isinstance(document.value, dict) and "Id" in document.value
    known = fields_of("record" if record else finding.operation or "create")
    if isinstance(edit.value, list) and all(isinstance(item, str) for item in edit.value):
        # the items may be parts of a text that is in the place of a list: only words of a picklist are shown
        items = known.get(dotted(edit.path) + "[]")
        return items is not None and set(edit.value) <= set(items.enum or ())
    return not any(is_sensitive(known, path) for path in _scalars(edit.path, edit.value))


def _scalars(path: Path, value: Any) -> Iterator[Path]:
    """Yield the paths of the scalars in a value that is written at a path: a record's field may be a list."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not isinstance(value, dict | list):
        yield path
    for step, one in inside:
        yield from _scalars((*path, step), one)
