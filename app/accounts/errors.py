"""Refusals of accounts."""

from app.kit.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from app.kit.text import Text


def wrong_credentials() -> Unauthenticated:
    # One sentence for an unknown address and a wrong password: neither is given away.
    return Unauthenticated(
        "wrong_credentials",
        Text(
            "Email hoặc mật khẩu chưa đúng. Hãy thử lại, hoặc đặt lại mật khẩu.",
            "E-mail or password is not right. Try again, or reset the password.",
        ),
    )


def email_taken() -> Invalid:
    text = Text(
        "Email này đã có tài khoản. Hãy đăng nhập hoặc đặt lại mật khẩu.",
        "This e-mail has an account already. Sign in or reset the password.",
    )
    return Invalid("email_taken", fields={"email": text})


def link_expired() -> NotFound:
    return NotFound(
        "link_expired",
        Text(
            "Đường dẫn đã hết hạn hoặc đã được dùng. Hãy yêu cầu một đường dẫn mới.",
            "The link has expired or was used. Ask for a new one.",
        ),
    )


def last_owner() -> Conflict:
    return Conflict(
        "last_owner",
        Text(
            "Tổ chức phải còn ít nhất một chủ tài khoản. Hãy chuyển quyền cho người khác trước.",
            "An organisation keeps at least one owner. Hand the role to someone else first.",
        ),
    )


def other_address() -> Forbidden:
    return Forbidden(
        "other_address",
        Text(
            "Lời mời này gửi cho một địa chỉ email khác. Hãy đăng nhập bằng địa chỉ được mời.",
            "This invitation went to another e-mail address. Sign in with the invited one.",
        ),
    )


def weak_password(text: Text) -> Invalid:
    return Invalid("weak_password", fields={"password": text})
