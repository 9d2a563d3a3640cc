"""Floors under the quality of matching, a little under what was measured (docs/matching-evaluation.md).

Always on a small set of our own; on the real needs and technologies where they are at hand.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.kit.errors import Invalid
from app.matching.evaluation import evaluate, half
from app.settings import ROOT

DATA = Path(os.environ.get("SANTEX_DATA") or ROOT.parent / "shared" / "data")
FILES = ("needs.jsonl", "technologies.jsonl", "matches.jsonl", "vi/needs.jsonl", "vi/technologies.jsonl")
real = pytest.mark.skipif(
    not all((DATA / name).exists() for name in FILES),
    reason=f"{DATA} lacks one of {', '.join(FILES)}; set SANTEX_DATA to the folder that holds them",
)

TECHNOLOGIES: list[dict[str, Any]] = [
    {"id": "t1", "title": "Ultrasonic cleaner for fouled heat exchangers", "abstract": "Removes scale without acid.",
     "title_vi": "Làm sạch bộ trao đổi nhiệt bằng siêu âm", "abstract_vi": "Bóc cáu cặn không cần axit."},
    {"id": "t2", "title": "Seaweed fertilizer", "abstract": "Liquid feed for vegetables in greenhouses.",
     "title_vi": "Phân bón từ rong biển", "abstract_vi": "Dạng lỏng, dùng cho rau nhà kính."},
    {"id": "t3", "title": "Vibration monitoring of wind turbine gearboxes", "abstract": "Finds bearing faults early.",
     "title_vi": "Giám sát rung hộp số tua-bin gió", "abstract_vi": "Phát hiện sớm lỗi vòng bi."},
]  # fmt: skip
NEEDS: list[dict[str, Any]] = [
    {"id": "n1", "title": "Scale in heat exchangers", "description": "We want to stop acid washing.",
     "title_vi": "Cáu cặn trong bộ trao đổi nhiệt", "description_vi": "Muốn thôi rửa bằng axit."},
    {"id": "n2", "title": "Feeding greenhouse vegetables", "description": "Looking for an organic liquid fertilizer.",
     "title_vi": "Dinh dưỡng cho rau nhà kính", "description_vi": "Tìm phân bón hữu cơ dạng lỏng."},
    {"id": "n3", "title": "Gearbox failures", "description": "Turbines stop when a bearing breaks.",
     "title_vi": "Hỏng hộp số", "description_vi": "Tua-bin dừng khi vòng bi vỡ."},
]  # fmt: skip
MATCHES = [{"need_id": f"n{i}", "technology_ids": [f"t{i}"], "link": "topic_code"} for i in (1, 2, 3)]


@pytest.fixture
def small(tmp_path: Path) -> dict[str, Path]:
    files = {}
    for name, rows in (("needs", NEEDS), ("technologies", TECHNOLOGIES), ("matches", MATCHES)):
        files[name] = tmp_path / f"{name}.jsonl"
        files[name].write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return files


@pytest.mark.parametrize("need_lang", ["vi", "en"])
@pytest.mark.parametrize("technology_lang", ["vi", "en", "any"])
@pytest.mark.parametrize("marks", [True, False])
def test_the_small_set_is_answered(small: dict[str, Path], need_lang: str, technology_lang: str, marks: bool) -> None:
    found = evaluate(**small, need_lang=need_lang, technology_lang=technology_lang, marks=marks)
    assert found["figures"] == {"needs": 3, "recall@1": 1, "recall@10": 1, "recall@50": 1, "mrr": 1}


def test_the_glossary_is_what_carries_across(small: dict[str, Path]) -> None:
    found = evaluate(**small, need_lang="vi", technology_lang="en", ablations=True)
    assert found["ablations"]["glossary"]["mrr"] < found["figures"]["mrr"]


def test_titles_can_be_hidden_and_links_chosen(small: dict[str, Path]) -> None:
    assert evaluate(**small, hide_titles=True)["figures"]["recall@10"] == 1
    with pytest.raises(Invalid):
        evaluate(**small, link="same_title")
    with pytest.raises(Invalid):
        evaluate(**small, without=["nonsense"])


def test_a_need_keeps_its_half() -> None:
    assert {half(str(n)) for n in range(50)} == {"tuned", "held_out"}
    assert half("need-1") == half("need-1")


def test_the_command_prints_json(small: dict[str, Path]) -> None:
    words = ["matching", "evaluate", "--link", "topic_code", "--need-lang", "vi", "--without", "pairs"]
    files = [part for name, path in small.items() for part in (f"--{name}", str(path))]
    said = CliRunner().invoke(app, [*words, *files])
    assert said.exit_code == 0, said.output
    assert {"figures", "halves", "links", "ms_p50", "ms_p95"} <= json.loads(said.stdout).keys()
    assert CliRunner().invoke(app, [*words, *files, "--need-lang", "fr"]).exit_code == 1


# need language, technology language, link, titles hidden, marks: floors of recall@10 and MRR.
FLOORS = [
    ("en", "any", "topic_code", False, True, 0.70, 0.61),
    ("en", "any", "same_title", True, True, 0.97, 0.92),
    ("vi", "vi", "topic_code", False, True, 0.84, 0.78),
    ("vi", "vi", "topic_code", False, False, 0.83, 0.78),
    ("vi", "en", "topic_code", False, True, 0.50, 0.47),
    ("vi", "en", "topic_code", False, False, 0.48, 0.47),
]


@real
@pytest.mark.parametrize(("need_lang", "technology_lang", "link", "hidden", "marks", "recall", "mrr"), FLOORS)
def test_quality_on_real_needs(
    need_lang: str, technology_lang: str, link: str, hidden: bool, marks: bool, recall: float, mrr: float
) -> None:
    found = evaluate(
        DATA / ("vi/needs.jsonl" if need_lang == "vi" else "needs.jsonl"),
        DATA / ("vi/technologies.jsonl" if technology_lang == "vi" else "technologies.jsonl"),
        DATA / "matches.jsonl",
        link=link, hide_titles=hidden, need_lang=need_lang, technology_lang=technology_lang, marks=marks,
    )  # fmt: skip
    assert found["figures"]["recall@10"] >= recall, found["figures"]
    assert found["figures"]["mrr"] >= mrr, found["figures"]
