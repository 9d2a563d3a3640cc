"""The report's files: the same bytes from the same JSON, readable by a real reader, and honest about themselves."""

from __future__ import annotations

import copy
import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from app.kit.actor import Actor
from app.kit.errors import Invalid, TooLarge
from app.valuations import calculators, report, verifying
from app.valuations.methods import METHODS
from app.valuations.paper import make_report, read_paper, read_report
from app.valuations.parts import Kind, Particulars, Report
from tests.support.browser import Browser
from tests.valuations import papers

AT = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
PARTICULARS = {
    "number": "BC-2026-014",
    "client": "Công ty Sấy Mới",
    "organisation": "Trung tâm Định giá Sông Hồng",
    "people": [{"name": "Trần Thị Ví Dụ", "role": "Người lập", "card": "IX24.001"}],
    "issued_on": "2026-12-01",
    "site": "https://san.example",
    "price_evidence": ["Ba giao dịch trong lĩnh vực, trung vị 3,1 tỷ đồng."],
}


def _real(**changes: Any) -> Report:
    """A report over the product's own methods: three approaches, a tornado, a simulation."""

    def example(name: str, key: str, **more: Any) -> dict[str, Any]:
        return {"key": key, "method": name, "inputs": dict(calculators.method(name).example), **more}

    notes = [
        {"path": "royalty_rate", "origin": "registry", "source": "Bảng UNIDO", "evidence": "b" * 64},
        {"path": "revenue", "origin": "declared", "source": "Kế hoạch của bên bán", "remark": "Thận trọng"},
    ]
    simulation = calculators.method("monte_carlo").example | {"draws": 2000}
    given = {
        "asset": {"name": "Quy trình sấy thăng hoa bơ sáp", "rights": "Độc quyền sử dụng"},
        "purpose": "Chuyển nhượng, chuyển giao",
        "value_date": "2026-11-30",
        "calculations": [
            example("relief_from_royalty", "income", notes=notes),
            example("reproduction_cost", "cost"),
            example("comparables", "market"),
        ],
        "synthesis": {
            "weights": [
                {"calculation": "income", "weight": "0.5", "reason": "Dòng tiền có căn cứ."},
                {"calculation": "market", "weight": "0.5", "reason": "Ba giao dịch gần đây."},
            ]
        },
        "sensitivity": {
            "calculation": "income",
            "swings": [{"path": "royalty_rate", "low": "0.03", "high": "0.06"}],
        },
        "simulation": {"key": "simulation", "method": "monte_carlo", "inputs": simulation},
        **changes,
    }
    return make_report(read_paper(given), Particulars.model_validate(PARTICULARS))


@pytest.fixture(scope="module")
def real() -> Report:
    return _real()


def _text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document).replace("\r\n", "\n")


def _flat(pdf: bytes) -> str:
    return " ".join(_text(pdf).split())


AGAIN = """
import hashlib, sys
from app.valuations.paper import read_report
from app.valuations.report import files_of
made = files_of(read_report(sys.stdin.buffer.read()), sys.argv[1])
print(*(hashlib.sha256(f).hexdigest() for f in (made.pdf, made.xlsx, made.json)))
"""


@pytest.mark.parametrize("locale", ["vi", "en"])
async def test_another_process_makes_the_same_bytes_from_the_json(real: Report, locale: str) -> None:
    made = await report.make(real, locale)
    done = subprocess.run(
        [sys.executable, "-c", AGAIN, locale], input=made.json, capture_output=True, check=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout.decode().split() == [hashlib.sha256(f).hexdigest() for f in (made.pdf, made.xlsx, made.json)]
    assert made.sha256 == real.sha256
    assert made.address == f"https://san.example/valuations/verify/{real.sha256}"


def test_a_reader_finds_what_a_report_must_say(real: Report) -> None:
    pdf = report.pdf_of(real, "vi")
    assert b'pdfaid:part="2"' in pdf or b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert b"pdfaid:conformance" in pdf
    said = _flat(pdf)
    value = f"{int(real.outcome.value or 0):,}".replace(",", ".")
    for words in (
        value, "Quy trình sấy thăng hoa bơ sáp", "Chuyển nhượng, chuyển giao", "30/11/2026", "Độc quyền sử dụng",
        "Cách tiếp cận từ thu nhập", "Cách tiếp cận từ chi phí", "Cách tiếp cận từ thị trường", "Bảng UNIDO",
        "bbbbbbbbbbbb", "Thận trọng", "Bảng dòng tiền", "Hợp đồng A", "Độ nhạy", "Phân phối mô phỏng", "P90",
        "Dòng tiền có căn cứ.", "Giới hạn sử dụng", "Trần Thị Ví Dụ", "IX24.001", "Ba giao dịch trong lĩnh vực",
        real.sha256,
    ):  # fmt: skip
        assert words in said, words
    assert "Reference valuation report" in _flat(report.pdf_of(real, "en"))


@pytest.mark.parametrize("kind", list(Kind))
def test_every_page_says_what_kind_it_is(real: Report, kind: Kind) -> None:
    certificate = "CT-7" if kind is Kind.appraisal else ""
    changed = real.particulars.model_copy(update={"kind": kind, "certificate": certificate})
    document = pypdfium2.PdfDocument(report.pdf_of(real.model_copy(update={"particulars": changed}), "vi"))
    mine, other = ("ĐỊNH GIÁ THAM KHẢO", "THẨM ĐỊNH GIÁ")[:: 1 if kind is Kind.reference else -1]
    pages = [p.get_textpage().get_text_bounded() for p in document]
    assert len(pages) > 2
    for page in pages:
        assert mine in page.splitlines()[0] or mine in page
        assert other not in page.replace(mine, "")
        assert ("không phải chứng thư thẩm định giá" in " ".join(page.split())) is (kind is Kind.reference)


HOSTILE = [
    '#read("/etc/passwd")', "$x^2$", r"\u{41} \\", "*bold* _it_", '"quoted" \'single\'', "= heading", "<script>",
    "@ref",
    "#panic()", "`raw`", "// comment", "漢字 ✈ 🙂", "a\u202eb", "x" * 290, "[#text]", "{json}", "%s {0}",
]  # fmt: skip


def test_text_is_text() -> None:
    text = " ".join(HOSTILE[:13]) + " " + " ".join(HOSTILE[14:])
    calculations = papers.data()["calculations"]
    calculations[0]["notes"][0] |= {"source": text[:290], "remark": text}
    calculations[0]["title"] = text[:100]
    made = papers.paper(
        asset={"name": HOSTILE[13], "description": text, "owner": HOSTILE[0]},
        calculations=calculations,
        purpose=text[:200],
    )
    hostile = make_report(
        made, Particulars(limits=tuple(HOSTILE), price_evidence=tuple(HOSTILE)), methods=papers.METHODS
    )
    said = _flat(report.pdf_of(hostile, "vi", papers.METHODS))
    for words in HOSTILE[:11]:
        assert words in said, words
    assert "□" in said  # what no font of ours shows
    assert "root:" not in said
    assert said.replace("\u200b", "").replace(" ", "").count("x" * 290) >= 1


def test_what_a_long_table_does(real: Report) -> None:
    example = dict(calculators.method("mpeem").example) | {"ebit": [3000000000 + i for i in range(60)], "revenue": []}
    long = _real(
        calculations=[{"key": "income", "method": "mpeem", "inputs": example}], synthesis=None, sensitivity=None,
        simulation=None,
    )  # fmt: skip
    document = pypdfium2.PdfDocument(report.pdf_of(long, "vi"))
    wide = [p for p in document if p.get_width() > p.get_height()]
    assert wide
    assert all("Số mũ" in p.get_textpage().get_text_bounded() for p in wide)  # the head comes again on each page


async def test_a_signed_report_still_is_its_json(real: Report, db: Any) -> None:
    made = await report.make(real)
    signed = await report.sign(made.pdf, name="Trần Thị Ví Dụ", organisation="Sông Hồng", reason="Người lập", at=AT)
    both = await report.sign(signed, name="Lê Minh Họa", organisation="Sông Hồng", reason="Người soát xét", at=AT)
    assert await report.extends(both, size=len(made.pdf), sha256=hashlib.sha256(made.pdf).hexdigest())
    found = await verifying.check(Actor(), [both, made.json])
    assert (found.intact, found.equal, found.together) == (True, True, True)
    assert found.report_hash == real.sha256
    assert [(s.signer, s.intact, s.test) for s in found.signatures or ()] == [
        ("Trần Thị Ví Dụ", True, True), ("Lê Minh Họa", True, True),
    ]  # fmt: skip
    touched = bytearray(both)
    touched[len(made.pdf) // 2] ^= 1
    try:
        broken = await verifying.check(Actor(), [bytes(touched), made.json])
    except Invalid:
        pass
    else:
        assert (broken.intact, broken.together) == (False, False)
    other = await report.make(_real(purpose="Góp vốn"))
    mixed = await verifying.check(Actor(), [both, other.json])
    assert (mixed.intact, mixed.equal, mixed.together) == (True, True, False)


async def test_a_false_number_and_a_heavy_report(real: Report, db: Any) -> None:
    stated = json.loads(real.json_bytes())
    stated["outcome"]["value"] = "1"
    found = await verifying.check(Actor(), [json.dumps(stated).encode()])
    assert found.equal is False
    assert [(d.path, d.stated) for d in found.differences or ()] == [("outcome.value", "1")]
    heavy = copy.deepcopy(json.loads(real.json_bytes()))
    one = heavy["paper"]["simulation"]
    heavy["paper"]["calculations"] += [one | {"key": f"s{i}"} for i in range(4)]
    with pytest.raises(Invalid):
        await verifying.check(Actor(), [json.dumps(heavy).encode()])
    with pytest.raises(TooLarge):
        await verifying.check(Actor(), [b" " * (verifying.JSON_BYTES + 1)])
    assert read_report(real.json_bytes()).paper.simulation is not None
    assert METHODS


async def test_anybody_may_ask(client: Browser, real: Report) -> None:
    made = await report.make(real)
    signed = await report.sign(made.pdf, name="Trần Thị Ví Dụ", organisation="", reason="", at=AT)
    files = [("files", ("a.pdf", signed, "application/pdf")), ("files", ("a.json", made.json, "application/json"))]
    answer = await client.post("/api/v1/valuations/verify", files=files)
    assert answer.status_code == 200
    assert [answer.json()[k] for k in ("intact", "equal", "together")] == [True, True, True]
    page = await client.get(f"/valuations/verify/{real.sha256}")
    assert real.sha256 in page.text
    assert (await client.get("/valuations/verify/nothing")).status_code == 404
