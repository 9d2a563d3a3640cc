"""The workbook: a real spreadsheet program computes it anew, after its inputs were changed, to the report's đồng."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.valuations import calculators
from app.valuations.formulas import RECIPES
from app.valuations.methods import METHODS
from app.valuations.paper import make_report, read_paper
from app.valuations.parts import Report
from app.valuations.workbook import workbook
from tests.valuations import papers

NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
SERIES = {"discount_rate": "0.16", "convention": "mid_year", "periods_per_year": 4, "first_period": "0.4"}
TAXED = SERIES | {"tab_life": 7}
# Beside each method's own example: another shape of the same method, so that formulas meet every branch.
OTHER: dict[str, dict[str, Any]] = {
    "reproduction_cost": {"functional": "0.1", "technological": "0.2", "economic": "0.05", "age": 3,
                          "remaining_life": 9},
    "replacement_cost": {
        "developer_profit": "0.1", "incentive": "0.15", "loss_form": "subtractive", "functional_loss": "12345678.9",
        "economic_loss": 1000000, "age": 1, "remaining_life": 6,
    },
    "creativity_cost": {"technological": "0.35", "age": 2, "remaining_life": 3},
    "indexed_cost": {"functional": "0.07"},
    "comparables": {
        "comparables": [
            {"name": "A", "price": 2000000000, "weight": 2, "weight_reason": "x",
             "adjustments": [{"kind": "rights", "amount": "-0.1"}, {"kind": "trl", "amount": "0.21"}]},
            {"name": "B", "price": 1700000001, "weight": 1, "weight_reason": "x"},
            {"name": "C", "price": 1900000000, "weight": 3, "weight_reason": "x",
             "adjustments": [{"kind": "date", "amount": "0.9"}]},
            {"name": "=1+1", "price": 2100000000, "weight": "0.5", "weight_reason": "x",
             "adjustments": [{"kind": "terms", "amount": "0.03"}]},
            {"name": "E", "price": 1500000000, "weight": "0.5", "weight_reason": "x"},
        ],
    },
    "relief_from_royalty": TAXED | {"revenue": [], "units": [1200], "unit_price": [2345678], "upkeep": [1000000],
                                    "periods": 11},
    "with_and_without": TAXED | {"profit_with": [5000000000], "profit_without": [4100000000], "periods": 6,
                                 "probability": "0.65"},
    "mpeem": TAXED | {
        "fixed_assets_return": "0.02", "working_capital": "0.1", "working_capital_return": "0.015",
        "workforce": [500000000], "workforce_return": "0.03", "wacc": "0.05", "irr": "0.06",
        "other_charges": [{"name": "Thương hiệu", "value": [900000000], "return_rate": "0.02"}],
    },
    "incremental_income": SERIES | {"volume_without": [90000], "volume": [100000, 120000, 120000],
                                    "excess_per_unit": [11]},
    "profit_split": TAXED | {"share": "0.3", "operating_margin": "0.12"},
    "equivalent_investment_split": TAXED,
    "present_value": SERIES | {"rate_basis": "per_period", "discount_rate": "0.03"},
    "terminal_value": SERIES | {"terminal": "gordon", "indefinite_life": True, "growth": "0.01"},
    "tax_amortisation_benefit": {"convention": "mid_year", "tax_life": 9},
    "rnpv": {"discount_rate": "0.1"},
}  # fmt: skip


def _report(which: str) -> Report:
    calculations, weights = [], []
    for name in RECIPES:
        inputs = dict(calculators.method(name).example)
        if which == "other":
            inputs |= OTHER[name]
        calculations.append({"key": name[:31], "method": name, "title": f"={name}", "inputs": inputs})
        weights.append({"calculation": name[:31], "weight": 0, "reason": "=cmd()"})
    weights[5]["weight"], weights[0]["weight"] = "0.7", "0.3"
    given = {
        "asset": {"name": "=HYPERLINK(1)"},
        "purpose": "+1",
        "value_date": "2026-11-30",
        "calculations": calculations,
        "synthesis": {"weights": weights[:12], "spread_bound": 10, "explanation": "x"},
    }
    return make_report(read_paper(given))


def _cells(data: bytes) -> dict[str, dict[str, str]]:
    """Every cell of every sheet as it is kept: sheet -> address -> value."""
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        names = z.namelist()
        shared = []
        if "xl/sharedStrings.xml" in names:
            root = ET.fromstring(z.read("xl/sharedStrings.xml"))
            shared = ["".join(t.text or "" for t in item.iter(f"{{{NS['m']}}}t")) for item in root]
        relations = {r.get("Id"): r.get("Target") for r in ET.fromstring(z.read("xl/_rels/workbook.xml.rels"))}
        found = {}
        for sheet in ET.fromstring(z.read("xl/workbook.xml")).find("m:sheets", NS) or ():
            target = str(relations[sheet.get(REL)]).removeprefix("/xl/")
            rows = {}
            for c in ET.fromstring(z.read(f"xl/{target}")).iter(f"{{{NS['m']}}}c"):
                v = c.find("m:v", NS)
                if v is not None and v.text is not None:
                    rows[str(c.get("r"))] = shared[int(v.text)] if c.get("t") == "s" else v.text
            found[str(sheet.get("name"))] = rows
        return found


def _without_kept_values(data: bytes) -> bytes:
    """The same workbook with every formula's kept value taken out: whatever shows afterwards was computed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as z, zipfile.ZipFile(out, "w") as made:
        for name in z.namelist():
            content = z.read(name)
            if name.startswith("xl/worksheets/"):
                content = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", content)
            made.writestr(name, content)
    return out.getvalue()


def _recomputed(data: bytes, folder: Path) -> dict[str, dict[str, str]]:
    (folder / "given.xlsx").write_bytes(_without_kept_values(data))
    subprocess.run(
        [
            "soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
            "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "out"), str(folder / "given.xlsx"),
        ],
        check=True, capture_output=True, timeout=240,
    )  # fmt: skip
    return _cells((folder / "out" / "given.xlsx").read_bytes())


soffice = pytest.mark.skipif(
    shutil.which("soffice") is None,
    reason="LibreOffice is missing: apt-get install --no-install-recommends libreoffice-calc-nogui",
)


@soffice
@pytest.mark.slow
@pytest.mark.parametrize("which", ["example", "other"])
def test_a_spreadsheet_computes_the_report(which: str, tmp_path: Path) -> None:
    report = _report(which)
    data = workbook(report, "vi")
    kept, found = _cells(data), _recomputed(data, tmp_path)
    assert set(found) == set(kept)
    for f in report.outcome.calculations:
        assert f.value is not None
        sheet = found[f.key]
        if f.unit == "money":
            assert Decimal(sheet["B5"]) == f.value, f.key
    compared = 0
    for name, cells in kept.items():
        for address, value in cells.items():
            try:
                number = float(value)
            except ValueError:
                continue
            compared += 1
            assert float(found[name][address]) == pytest.approx(number, rel=1e-11, abs=1e-9), (name, address)
    assert compared > 600
    whole = report.outcome.synthesis
    assert whole is not None
    answers = [k for k, v in found["Tổng hợp"].items() if v == "Giá trị" and k.startswith("A")]
    address = f"B{answers[-1][1:]}"
    assert Decimal(found["Tổng hợp"][address]) == whole.value


@soffice
@pytest.mark.slow
def test_the_formulas_follow_an_input(tmp_path: Path) -> None:
    """The rate is changed in the file itself, as a reader would; the spreadsheet gives what the engine gives."""
    report = _report("example")
    data = workbook(report, "vi")
    rows = _cells(data)["Đầu vào"]
    name = "in_relief_from_royalty__discount_rate"
    address = next(k for k, v in rows.items() if v == name).replace("B", "D")
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as z, zipfile.ZipFile(out, "w") as made:
        for file in z.namelist():
            content = z.read(file)
            if file == "xl/worksheets/sheet2.xml":
                pattern = rf'(<c r="{address}"[^>]*><v>)[^<]*(</v>)'.encode()
                content, count = re.subn(pattern, rb"\g<1>0.31\g<2>", content)
                assert count == 1
            made.writestr(file, content)
    found = _recomputed(out.getvalue(), tmp_path)
    method = METHODS["relief_from_royalty"]
    example = dict(calculators.method("relief_from_royalty").example) | {"discount_rate": "0.31"}
    again = method.calculate(method.inputs.model_validate(example))
    assert again.value is not None
    assert Decimal(found["relief_from_royalty"]["B5"]) == round(again.value)
    assert Decimal(found["relief_from_royalty"]["B5"]) != report.outcome.found("relief_from_royalty").value


def test_kept_values_are_the_reports_and_text_is_text() -> None:
    report = _report("other")
    data = workbook(report, "en")
    cells = _cells(data)
    for f in report.outcome.calculations:
        assert Decimal(cells[f.key]["B5"]) == pytest.approx(f.value)
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        formulas = [
            f
            for name in z.namelist()
            if name.startswith("xl/worksheets/")
            for f in re.findall(rb"<f[^>]*>([^<]*)</f>", z.read(name))
        ]
    assert len(formulas) > 500
    assert not [f for f in formulas if b"cmd" in f or b"HYPERLINK" in f]
    assert cells["Summary"]["B4"] == "=HYPERLINK(1)"
    assert workbook(report, "en") == data


def test_what_has_no_closed_form_says_so() -> None:
    report = make_report(papers.paper(), methods=papers.METHODS)
    cells = _cells(workbook(report, "vi", papers.METHODS))
    assert "không viết được thành công thức" in cells["income"]["A3"]
    assert Decimal(cells["income"]["B5"]) == report.outcome.found("income").value
