"""Shared hypothesis strategies: conditions of the plan (COND) over one touchpoint type, rows for them, their text.

The type carries an attribute of every type; rows hold what producers really send: absent values, text that is no
number, quotes, signs, spaces, characters beyond ASCII.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

ATTRIBUTES = {
    "topic": "string",
    "page": "string",
    "years": "int",
    "loan": "decimal",
    "returning": "bool",
    "due": "timestamp",
}
TEXT_FIELDS = ("channel", "product_id", "basket_id", "currency", "text")
FIELDS = {**dict.fromkeys(TEXT_FIELDS, "string"), "amount": "decimal"}

Cond = list[Any]

_WORDS = [
    "mortgage", "Mortgage", "mort", "a", "ab", "abc", "", " ", "a ", " a", "it's", "''", "a%b", "a_b", "a\\b", '"', "`",
    "größe", "GRÖSSE", "straße", "İ", "ﬁ", "Σ", "ς", "日本", "\U0001f600", "\uffff", "\U00010000", "a\nb", "\t",
    "--", ";", "null", "true", "12", "1.5", "%", "_", "\\",
]  # fmt: skip
_NUMBER_TEXTS = [
    "0", "-0", "+0", "1", "12", "+12", "-12", "007", "999999999999999999", "-999999999999999999", "1234567890123456789",
    " 12", "12 ", "1_000", "1e3", "0x1f", "12.0", "12.5", "-12.50", ".5", "5.", "1.999999999999999999",
    "0.0000000000000000001", "999999999999999999.999999999999999999", "99999999999999999999", "", "-", "+", "NaN",
    "Infinity", "٣", "1,5", "--1", "12\n",
]  # fmt: skip
_OTHER_TEXTS = ["true", "false", "TRUE", "True", "t", "1", "yes", "2026-05-01T00:00:00Z", "2026-05-01T02:00:00+02:00",
                "2026-05-01", "2026-05-01 00:00:00", "1777593600000", "-1", "2026-13-01T00:00:00Z"]  # fmt: skip

texts = st.one_of(
    st.sampled_from(_WORDS),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=6),
)
decimals = st.decimals(-(10**6), 10**6, places=2, allow_nan=False).map(str)
attribute_texts = st.one_of(
    st.sampled_from(_NUMBER_TEXTS), st.sampled_from(_OTHER_TEXTS), texts, decimals, st.integers(-100, 100).map(str)
)


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """An input row of type `probed`: any field and any attribute may be absent."""
    row: dict[str, Any] = {"event_id": "e", "type": "probed", "at": 0}
    row |= draw(st.dictionaries(st.sampled_from(TEXT_FIELDS), texts, max_size=3))
    if draw(st.booleans()):
        amount = draw(st.decimals(-(10**13), 10**13, places=4, allow_nan=False))
        row["amount"] = draw(st.sampled_from([str(amount), "0.0000", "20.0000", "19.9999", "-1.0000"]))
    attributes = draw(st.dictionaries(st.sampled_from(list(ATTRIBUTES)), attribute_texts, max_size=6))
    if attributes:
        row["attributes"] = attributes
    return row


def corner_rows() -> list[dict[str, Any]]:
    """A row for every awkward text, in every text field and attribute at once; and one row with nothing."""
    found: list[dict[str, Any]] = [{"event_id": "e", "type": "probed", "at": 0}]
    for text in [*_WORDS, *_NUMBER_TEXTS, *_OTHER_TEXTS]:
        found.append({**found[0], **dict.fromkeys(TEXT_FIELDS, text), "attributes": dict.fromkeys(ATTRIBUTES, text)})
    return found


# --- conditions ---

_string_refs = st.sampled_from(
    [["field", name, "string"] for name in TEXT_FIELDS] + [["attr", "topic", "string"], ["attr", "page", "string"]]
)
_number_refs = st.sampled_from([["field", "amount", "decimal"], ["attr", "years", "int"], ["attr", "loan", "decimal"]])
_bool_ref = ["attr", "returning", "bool"]
_time_ref = ["attr", "due", "timestamp"]
_any_ref = st.one_of(_string_refs, _number_refs, st.just(_bool_ref), st.just(_time_ref))

_string_values = st.one_of(
    _string_refs,
    _string_refs,
    st.tuples(st.sampled_from(["lower", "upper"]), _string_refs).map(list),
    st.tuples(_string_refs, texts).map(lambda pair: ["coalesce", pair[0], ["lit", pair[1], "string"]]),
)


def _numeric(ref: Cond) -> st.SearchStrategy[Cond]:
    number = st.integers(-20, 20).map(lambda value: ["lit", value, "int"])
    return st.one_of(
        st.just(ref),
        st.just(ref),
        st.tuples(st.sampled_from(["+", "-", "*"]), number).map(lambda pair: [pair[0], ref, pair[1]]),
    )


_number_values = _number_refs.flatmap(_numeric)
_whole = st.one_of(st.integers(-100, 100), st.sampled_from([0, 7, 12, 20, 999999999999999999, -999999999999999999]))
_fraction = st.one_of(
    decimals,
    st.sampled_from([
        "12.5", "-12.50", "1.999999999999999999", "0.000000000000000001",
        "-12.000000000000000001", "999999999999999998.5",
    ]),
)  # fmt: skip
_orders = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
_equals = st.sampled_from(["=", "!="])


def type_of(value: Cond) -> str:
    """Type of an operand that these strategies make."""
    if value[0] in ("field", "attr", "lit"):
        return str(value[2])
    if value[0] in ("lower", "upper"):
        return "string"
    kinds = {type_of(part) for part in value[1:]}
    return "decimal" if kinds == {"int", "decimal"} else kinds.pop()


def _number_literal(kind: str) -> st.SearchStrategy[Cond]:
    """A literal as the compiler writes it: whole numbers are decimals beside decimals."""
    fraction = _fraction.map(lambda value: ["lit", value, "decimal"])
    whole = _whole.map(lambda value: ["lit", value, "int"] if kind == "int" else ["lit", str(value), "decimal"])
    return st.one_of(whole, fraction)


@st.composite
def _number_tests(draw: st.DrawFn) -> Cond:
    value = draw(_number_values)
    literals = _number_literal(type_of(value))
    match draw(st.sampled_from(["compare", "compare", "between", "in", "refs"])):
        case "between":
            return ["between", value, draw(literals), draw(literals)]
        case "in":
            return ["in", value, draw(st.lists(literals, min_size=1, max_size=4))]
        case "refs":
            return [draw(_orders), value, draw(_number_refs)]
        case _:
            return [draw(_orders), value, draw(literals)]


_literal_texts = texts.map(lambda text: ["lit", text, "string"])
_patterns = st.lists(st.sampled_from(["%", "_", "a", "b", "mort", "gage", "\\", ".", "'", "ö", "\n"]), max_size=5).map(
    "".join
)
_leaves = st.one_of(
    st.tuples(_orders, _string_values, _literal_texts).map(list),
    st.tuples(_equals, _string_refs, st.sampled_from(["mortgage", "a", "ab", "abc"])).map(
        lambda found: [found[0], found[1], ["lit", found[2], "string"]]
    ),
    st.tuples(_orders, _string_refs, _string_refs).map(list),
    st.tuples(st.just("in"), _string_values, st.lists(_literal_texts, min_size=1, max_size=4)).map(list),
    st.tuples(st.just("like"), _string_values, _patterns).map(list),
    st.tuples(st.just("between"), _string_values, _literal_texts, _literal_texts).map(list),
    _number_tests(),
    st.just(_bool_ref),
    st.tuples(_equals, st.just(_bool_ref), st.booleans()).map(lambda f: [f[0], f[1], ["lit", f[2], "bool"]]),
    st.tuples(_orders, st.just(_time_ref), st.just(["lit", 1777593600000, "timestamp"])).map(list),
    _any_ref.map(lambda ref: ["is_null", ref]),
    st.booleans().map(lambda value: ["lit", value, "bool"]),
)


def _combined(inner: st.SearchStrategy[Cond]) -> st.SearchStrategy[Cond]:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        inner.map(lambda cond: ["not", cond]),
        several.map(lambda conds: ["and", *conds]),
        several.map(lambda conds: ["or", *conds]),
    )


conditions: st.SearchStrategy[Cond] = st.recursive(_leaves, _combined, max_leaves=8)


def corner_conditions() -> list[Cond]:
    """Every kind of comparison on every type, plain and under a NOT."""
    topic, years, loan = (["attr", name, ATTRIBUTES[name]] for name in ("topic", "years", "loan"))
    twelve, more = ["lit", 12, "int"], ["lit", "12.5", "decimal"]
    word = ["lit", "a", "string"]
    words = [["lit", text, "string"] for text in ("a", "ab", "a ", "it's", "größe", "a\\b")]
    plain: list[Cond] = [
        *(["is_null", ref] for ref in (topic, years, loan, _bool_ref, _time_ref, ["field", "amount", "decimal"])),
        *(["=", ref, twelve] for ref in (years, loan)),
        *([word_, years, more] for word_ in ("<", ">=")),
        *(["<", loan, ["lit", text, "decimal"]] for text in ("12.000000000000000001", "999999999999999998.5")),
        ["in", topic, [["lit", f"a{number}", "string"] for number in range(150)]],
        ["between", loan, ["lit", "-12", "decimal"], more],
        ["in", years, [twelve, more]],
        ["=", years, loan],
        _bool_ref,
        ["=", _bool_ref, ["lit", False, "bool"]],
        ["=", topic, word],
        ["=", topic, ["lit", "", "string"]],
        ["<=", topic, word],
        ["in", topic, words],
        ["=", topic, ["field", "text", "string"]],
        *(["like", topic, pattern] for pattern in ("%", "a%", "%b", "%a%b%", "a_b", "a\\b", "")),
        ["=", ["lower", topic], word],
        ["=", ["coalesce", topic, word], word],
    ]
    return [*plain, *(["not", cond] for cond in plain)]


# --- text ---


def text_of(cond: Cond) -> str:
    """The SQL text that an author would write for a COND of these strategies, with every bracket."""
    word = cond[0]
    if word in ("field", "attr"):
        return str(cond[1])
    if word == "lit":
        return _literal_text(cond[1], cond[2])
    if word in ("and", "or"):
        return f" {word.upper()} ".join(f"({text_of(part)})" for part in cond[1:])
    if word == "not":
        return _predicate(cond[1], "NOT ") or f"NOT ({text_of(cond[1])})"
    predicate = _predicate(cond, "")
    if predicate:
        return predicate
    if word in ("lower", "upper", "coalesce"):
        return f"{word.upper()}({', '.join(text_of(part) for part in cond[1:])})"
    return f"{text_of(cond[1])} {word} {text_of(cond[2])}"


def _predicate(cond: Cond, negation: str) -> str | None:
    word = cond[0]
    if word == "is_null":
        return f"{text_of(cond[1])} IS {negation}NULL"
    if word == "in":
        return f"{text_of(cond[1])} {negation}IN ({', '.join(text_of(item) for item in cond[2])})"
    if word == "between":
        return f"{text_of(cond[1])} {negation}BETWEEN {text_of(cond[2])} AND {text_of(cond[3])}"
    return f"{text_of(cond[1])} {negation}LIKE {_quoted(cond[2])}" if word == "like" else None


def _literal_text(value: Any, kind: str) -> str:
    if kind == "timestamp":
        return {1777593600000: "'2026-05-01T00:00:00Z'"}[value]
    if kind == "bool":
        return "TRUE" if value else "FALSE"
    return _quoted(value) if kind == "string" else str(value)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
