"""Small PDFs that say of themselves that they are illustrations: contracts, licences, files, papers of data rooms."""

from __future__ import annotations

from collections.abc import Sequence

from app.kit.text import fold

ILLUSTRATION = "Tep nay duoc tao cho ban trinh dien, khong co gia tri phap ly."


def contract(number: str, seller: str, buyer: str) -> bytes:
    """A contract of one page."""
    return page([
        "HOP DONG CHUYEN GIAO CONG NGHE (BAN MINH HOA)",
        f"So: {_ascii(number)}",
        f"Ben giao: {_ascii(seller)}",
        f"Ben nhan: {_ascii(buyer)}",
    ])  # fmt: skip


def licence(number: str, holder: str, issuer: str) -> bytes:
    return page([
        "GIAY CHUNG NHAN (BAN MINH HOA)",
        f"So: {_ascii(number)}",
        f"Cap cho: {_ascii(holder)}",
        f"Noi cap: {_ascii(issuer)}",
    ])  # fmt: skip


def page(lines: Sequence[str]) -> bytes:
    return sheets([lines])


def sheets(pages: Sequence[Sequence[str]]) -> bytes:
    """A small valid PDF 1.4 in plain ASCII (the built-in font has no Vietnamese letters), a list of lines a page."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for n, lines in enumerate(pages):
        drawn = " ".join(f"({line}) Tj T*" for line in (*lines, "", ILLUSTRATION))
        text = f"BT /F1 12 Tf 60 780 Td 18 TL {drawn} ET"
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * n} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>",
            f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        ]
    out, offsets = "%PDF-1.4\n", []
    for n, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{n} 0 obj\n{body}\nendobj\n"
    start = len(out)
    table = "".join(f"{o:010d} 00000 n \n" for o in offsets)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    return out.encode("ascii")


def _ascii(value: str) -> str:
    return "".join(c if c.isascii() and c not in "()\\" else " " for c in fold(value).upper())
