"""QR codes as SVG, for pages and documents."""

from __future__ import annotations

import io

import segno


def qr_svg(text: str) -> str:
    """The text as a QR code: a whole SVG document, black on white, with the quiet zone the standard asks for."""
    out = io.BytesIO()
    segno.make_qr(text, error="m").save(out, kind="svg", border=4, light="white", xmldecl=False, nl=False)
    return out.getvalue().decode()
