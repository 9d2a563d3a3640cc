from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.text import fold, nfc
from search import synonyms
from search.query import MAX_WORDS, clues, compact, fold_same_length, highlight, parse, words_of


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Kg/giờ ISO-9001", ["kg", "giờ", "iso", "9001"]),
        ("co\u031b khi\u0301", ["cơ", "khí"]),
        ("S23+ (5G)", ["s23", "5g"]),
        ("a_b", ["a", "b"]),
        ("  ", []),
    ],
)
def test_words(typed: str, words: list[str]) -> None:
    assert words_of(typed) == words


def test_parts_of_a_query() -> None:
    parsed = parse('bơm "nước thải" hơi -dệt -"mạ kẽm"')
    assert [(g.words, g.phrase) for g in parsed.groups] == [
        (("nước", "thải"), True),
        (("bơm",), False),
        (("hơi",), False),
    ]
    assert parsed.excluded == (("dệt",), ("mạ", "kẽm"))
    assert not parsed.prefix


@pytest.mark.parametrize("typed", ["", "   ", "-", '"', '""', "- -", "-chỉ", '-"a b"', "!!!"])
def test_nothing_to_look_for(typed: str) -> None:
    assert not parse(typed)


@pytest.mark.parametrize(
    ("typed", "open_end"),
    [("cảm biế", True), ("a b", False), ('"cảm biến"', False), ("pin -xe", False), ("pin mặ", False)],
)
def test_which_last_word_is_open(typed: str, open_end: bool) -> None:
    assert parse(typed).prefix is open_end


def test_an_unclosed_quote_closes_at_the_end() -> None:
    assert parse('"nước thải').groups[0].phrase


def test_function_words_go_only_where_others_stay() -> None:
    assert parse("pin cho xe").words == ["pin", "xe"]
    assert parse("của các").words == ["của", "các"]
    assert parse("cơ có").words == ["cơ"]
    assert parse("co khi").words == ["co", "khi"]


def test_length_is_capped() -> None:
    assert len(parse(" ".join(f"từ{i}x" for i in range(90))).words) <= MAX_WORDS
    assert len(parse('"' + " ".join(f"từ{i}x" for i in range(90)) + '"').words) <= MAX_WORDS
    assert len(parse(" ".join(f"-từ{i}x" for i in range(90)) + " pin").excluded) <= 6
    assert max(len(w) for w in parse("x" * 500).words) <= 40


@pytest.mark.parametrize(
    ("typed", "joined"),
    [
        ("1-2022-90001", "1202290001"),
        ("VN 1-0012345", "vn10012345"),
        ("PCT/VN2020/000012", "pctvn2020000012"),
        ("1202290001", "1202290001"),
        ("pin 2022", ""),
        ("bơm nước 2022 10000 lít", ""),
        ("12", ""),
    ],
)
def test_identifiers(typed: str, joined: str) -> None:
    assert compact(typed) == joined


def test_a_long_identifier_takes_no_time() -> None:
    began = time.perf_counter()
    for text in ("1" * 200 + "!", "1a" * 100, "1-" * 100 + "é", "a" * 240, "-" * 240, '"' * 240):
        parse(text)
        highlight(text * 10, ("1", "a*"))
    assert time.perf_counter() - began < 0.5


def test_synonyms_longest_first() -> None:
    parsed = parse("xử lý nước thải dệt")
    assert parsed.groups[0].words == ("xử", "lý", "nước", "thải")
    assert ("wastewater", "treatment") in parsed.groups[0].alternatives
    assert parse("tri tue nhan tao").groups[0].alternatives[0] == ("ai",)
    assert parse("xyz").groups[0].alternatives == ()


def test_the_synonyms_file() -> None:
    seen: dict[synonyms.Words, str] = {}
    assert len(synonyms.groups()) >= 80
    for group in synonyms.groups():
        assert len(group) >= 2
        folded = [synonyms.split(term) for term in group]
        for term, words in zip(group, folded, strict=True):
            assert term == nfc(term).strip()
            assert 1 <= len(words) <= synonyms.LONGEST, term
            assert words not in seen or seen[words] == group[0], f"{term} stands in two rows"
            seen[words] = group[0]


def test_clues() -> None:
    assert clues(parse("nước thải")) == []
    # Pairs of neighbours, then the words that are long enough to mean something by themselves ("lò" is not).
    assert clues(parse("lọc khí lò")) == [("lọc", "khí"), ("khí", "lò"), ("lọc",), ("khí",)]
    assert clues(parse("ai mổ cá")) == [("ai", "mổ"), ("mổ", "cá"), ("ai",)], "a short word with synonyms counts"
    assert clues(parse("trí tuệ nhân tạo"))[-1] == ("trí", "tuệ", "nhân", "tạo"), "and so does a long term"


@pytest.mark.parametrize(
    ("text", "terms", "marked"),
    [
        ("Cảm biến SENSORS", ("cam", "bien", "sensor"), ["Cảm biến SENSORS"]),
        ("Cảm  biến", ("cam", "bien"), ["Cảm", "biến"]),
        ("batteries, battery", ("battery",), ["batteries", "battery"]),
        ("Bộ lọc lọcx xlọc", ("loc",), ["lọc"]),
        ("siêu lọc", ("sie*",), ["siêu"]),
        ("a.b (c)", ("b", "c"), ["b", "c"]),
        ("<b>lọc</b>", ("loc",), ["lọc"]),
        ("İstanbul ĐỒNG", ("dong",), ["ĐỒNG"]),
        ("", ("a",), []),
        ("abc", (), []),
        ("abc", ("*",), []),
        ("a+b", ("+",), []),
    ],
)
def test_highlight(text: str, terms: tuple[str, ...], marked: list[str]) -> None:
    assert [text[a:b] for a, b in highlight(text, terms)] == marked


@given(st.text(), st.lists(st.text(max_size=5), max_size=4))
def test_highlight_ranges_are_in_order_and_inside(text: str, terms: list[str]) -> None:
    end = 0
    for a, b in highlight(text, terms):
        assert end <= a < b <= len(text)
        end = b


@given(st.text())
def test_folding_keeps_the_length(text: str) -> None:
    assert len(fold_same_length(text)) == len(text)
    assert fold_same_length("Đường Ốc Ẵ") == fold("Đường Ốc Ẵ")


@given(st.text())
def test_whatever_is_typed_is_understood(text: str) -> None:
    parsed = parse(text)
    assert all(word and word == word.strip() for word in parsed.words)
