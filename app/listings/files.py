"""What a file really is, decided by its bytes, never by its name or by what the browser claims."""

from __future__ import annotations

from pathlib import PurePath

import puremagic

from app.kit.text import one_line
from app.listings.errors import bad_file

IMAGES = {"image/png", "image/jpeg", "image/webp", "image/gif"}
DOCUMENTS = {
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_OFFICE = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
MAX_FILES = 20


def sniff(data: bytes, name: str, max_bytes: int) -> tuple[str, str]:
    """(image | document, media type); Invalid when empty, too large, or of a kind that is not taken."""
    if not data:
        raise bad_file("Tệp trống. Hãy chọn tệp khác.", "The file is empty. Choose another one.")
    if len(data) > max_bytes:
        limit = max_bytes // (1024 * 1024)
        raise bad_file(f"Tệp lớn hơn {limit} MB. Hãy nén hoặc tách tệp.", f"The file is over {limit} MB.")
    media = _media_type(data, name)
    if media in IMAGES:
        return "image", media
    if media in DOCUMENTS:
        return "document", media
    raise bad_file(
        "Chỉ nhận ảnh PNG, JPEG, WebP, GIF và tài liệu PDF, DOCX, XLSX, PPTX.",
        "Only PNG, JPEG, WebP and GIF images, and PDF, DOCX, XLSX and PPTX documents are taken.",
    )


def _media_type(data: bytes, name: str) -> str:
    if data.startswith(b"PK\x03\x04"):
        # An Office file is a ZIP that names its parts; the extension only chooses among what the bytes allow.
        parts = {".docx": b"word/", ".xlsx": b"xl/", ".pptx": b"ppt/"}
        extension = PurePath(name).suffix.lower()
        if extension in parts and b"[Content_Types].xml" in data and parts[extension] in data:
            return _OFFICE[extension]
        return "application/zip"
    try:
        return str(puremagic.from_string(data[:65_536], mime=True))
    except (puremagic.PureError, ValueError):
        return "application/octet-stream"


def safe_name(name: str) -> str:
    """The file's own name without folders and control characters, kept short with its extension."""
    base = one_line(PurePath(name.replace("\\", "/")).name) or "file"
    stem, suffix = PurePath(base).stem[:120], PurePath(base).suffix[:10]
    return f"{stem}{suffix}"
