"""Valid and invalid documents, in different styles."""

import json

import yaml
from hypothesis import settings
from hypothesis import strategies as st


def often(examples):
    """Return the number of examples of a slow test: ten times as many for `make explore`, a tenth for `make quick`."""
    return max(1, examples * settings.default.max_examples // 100)


def dump(value, style):
    """Return a text of a value, and its syntax."""
    if style == "yaml":
        return yaml.safe_dump(value, sort_keys=False, allow_unicode=True), "yaml"
    if style == "flow":
        return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, default_flow_style=True), "yaml"
    return json.dumps(value, indent={"indented": 2, "tabs": "\t"}.get(style), ensure_ascii=False), "json"


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
keys = st.sampled_from(["a", "b", "c:", 'd"', "é", "\\", ""]) | texts
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
)


def trees(leaves):
    """JSON values over some leaves."""
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4)
    )


values = trees(scalars | texts)
objects = st.dictionaries(keys, values, max_size=4)
text_trees = trees(texts)


@st.composite
def json_texts(draw, content=values):
    """A value as JSON text, in one of the layouts that writers use."""
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", " :\t")]))
    return json.dumps(
        draw(content),
        indent=draw(st.sampled_from([None, 2, 4])),
        separators=separators,
        ensure_ascii=draw(st.booleans()),
    )


_PIECES = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"a"',
    '"b"',
    '"\\u0061"',
    '"x:y"',
    "1",
    "-0.5e1",
    "true",
    "null",
    " ",
    "\n",
    "'",
    "//",
    "NaN",
    '"',
    "\\",
    "---\n",
    "- ",
    "a: ",
    "&a ",
    "*a",
    "#",
]
#: Text that is almost a document.
broken_texts = st.lists(st.sampled_from(_PIECES), max_size=14).map("".join)


@st.composite
def texts_with_duplicates(draw, depth=3):
    """JSON text whose objects have few different keys, so that some are duplicates."""
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(["1", '"x"', '"a\\": 1"', "null"]))
    inner = st.lists(
        st.tuples(
            st.sampled_from(['"a"', '"b"', '"\\u0061"', '"a:"', '"a\\u003a"']),
            texts_with_duplicates(depth - 1),
        ),
        max_size=3,
    )
    colon = draw(st.sampled_from([":", ": ", " : "]))
    return "{" + ", ".join(f"{key}{colon}{value}" for key, value in draw(inner)) + "}"
