"""Every code a merchant may meet has a mend, and every mend a code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from commerce import mends
from commerce.mapping.engine import map_record
from commerce.mapping.fields import Resource, fields_of

ROOT = Path(__file__).parents[2] / "commerce"
# What takes a code, and as which of its arguments.
TAKERS = {
    **dict.fromkeys(("ConnectorError", "ConfigError", "RetryableError"), 0),
    **dict.fromkeys(("ResponseError", "Warning", "Note", "Unreadable", "_stop"), 0),
    **dict.fromkeys(("_Row", "add_issue"), 1),
    "finish": 2,
}
ODD = [
    *(True, -1, 0.5, 10**40, "words", "x" * 60_000, "javascript:x", "\0", "2024-13-99"),
    *([], [1], [[1], {}], ["a", None, "http://[x"], ["x"] * 5_000),
    *({}, {"a": {"b": 1}}, {"name": []}, [{"name": 1, "value": {}}]),
]


def codes_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            place = TAKERS.get(name)
            if place is not None and len(node.args) > place:
                yield from text_of(node.args[place])
            yield from (
                code
                for keyword in node.keywords
                if keyword.arg == "code"
                for code in text_of(keyword.value)
            )
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "code":
            yield from text_of(node.value)
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            pair = len(node.value.elts) == 2  # code and sentence
            yield from text_of(node.value.elts[0]) if pair else ()


def text_of(node: ast.AST) -> list[str]:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return [node.value] if is_text and node.value else []


def test_the_codes_in_the_source_are_the_codes_in_the_table():
    paths = [
        path
        for part in ("connector", "mapping", "services")
        for path in (ROOT / part).rglob("*.py")
        if "doctor"
        not in path.relative_to(ROOT).parts  # its checks bring their own mends
    ]
    found = {code for path in paths for code in codes_in(ast.parse(path.read_text()))}
    assert found - set(mends.MENDS) == set()
    assert set(mends.MENDS) - found == set()


@pytest.mark.parametrize("resource", list(Resource))
def test_no_absurd_value_brings_a_code_without_a_mend(resource):
    codes = {
        issue.code
        for field in fields_of(resource)
        for value in ODD
        for issue in map_record(
            {"id": "1", "name": "A", field.name: value}, resource
        ).issues
    }
    assert len(codes) > 8
    assert codes <= set(mends.MENDS)


def test_every_mend_says_what_to_do():
    for code, mend in mends.MENDS.items():
        assert mend.title[0].isupper() and not mend.title.endswith("."), code
        assert mend.text.endswith("."), code
    assert mends.mend_of("a_code_of_old").title == "A code of old"
