"""A mail as it leaves and as it is read: subject, sender and body come through whole, whatever language they are in."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.errors import MessageError

import pytest
from aiosmtplib.email import flatten_message
from hypothesis import given
from hypothesis import strategies as st

from app.integrations.mail.port import Mail

TEXT = "Màng lọc nano cho nước nhiễm mặn của Viện ABC (2026) – 3,5 % gửi Đà Nẵng: x \"y\" đến 'z' = ?"
subjects = st.lists(st.sampled_from(TEXT.split()), min_size=1, max_size=40).map(" ".join)


@given(subjects)
def test_a_subject_keeps_its_spaces(subject):
    message = Mail("k", "ai@donvi.example", subject, "Chào bạn,\n").message()
    for raw in (message.as_bytes(), flatten_message(message)):  # the mailbox; the SMTP client
        assert message_from_bytes(raw, policy=policy.default)["Subject"] == subject
        assert max(len(line) for line in raw.splitlines()) <= 998


def test_a_whole_mail(settings_changed):
    with settings_changed(MAIL_FROM="Sàn giao dịch <khong-tra-loi@san.example>"):
        message = Mail(
            "khoa-1", "ai@donvi.example", "Đề nghị mới", "Chào Ánh,\n\nhttps://san.example/deals/1\n"
        ).message()
    read = message_from_bytes(flatten_message(message), policy=policy.default)
    assert read["From"].addresses[0].display_name == "Sàn giao dịch"
    assert read["From"].addresses[0].addr_spec == "khong-tra-loi@san.example"
    assert (read["To"], read["Message-ID"]) == ("ai@donvi.example", "<khoa-1@santex.example>")
    assert read["Auto-Submitted"] == "auto-generated"
    assert read.get_content() == "Chào Ánh,\n\nhttps://san.example/deals/1\n"
    assert message["Message-ID"] == Mail("khoa-1", "ai@donvi.example", "x", "y").message()["Message-ID"]


@pytest.mark.parametrize("subject", ["a\nBcc: x@y.example", "a\r\nBcc: x@y.example", "Đ\nBcc: x@y.example"])
def test_a_subject_cannot_bring_a_header_along(subject):
    message = Mail("k", "ai@donvi.example", subject, "").message()
    for write in (message.as_bytes, lambda: flatten_message(message)):
        try:
            read = message_from_bytes(write(), policy=policy.default)
        except (MessageError, ValueError):
            continue  # refused is as good as harmless
        assert read["Bcc"] is None
