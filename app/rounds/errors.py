"""Refusals of rounds."""

from app.kit.errors import Conflict, Forbidden, Invalid
from app.kit.text import Text
from app.web import formats


def own_round() -> Forbidden:
    return Forbidden(
        "round.own",
        Text("Đây là phiên của chính tổ chức bạn.", "This is your own organisation's round."),
    )


def unverified() -> Forbidden:
    return Forbidden(
        "round.unverified",
        Text(
            "Tổ chức của bạn chưa được sàn xác minh. Hãy hoàn tất xác minh rồi đăng ký.",
            "Your organisation is not verified yet. Have it verified, then apply.",
        ),
    )


def tied(words: Text) -> Conflict:
    return Conflict(
        "round.tied",
        Text(
            f"Không thể tham gia phiên này: tổ chức {words.vi}. Khi quan hệ đã hết, hãy kết thúc khai báo lợi ích rồi"
            " đăng ký lại.",
            f"Cannot take part in this round: the organisation {words.en}. When the tie is over, end the declared"
            " interest and apply again.",
        ),
    )


def weigh(words: Text) -> Invalid:
    text = Text(
        f"Tổ chức này {words.vi}. Hãy ghi lý do vì sao vẫn được tham gia, hoặc từ chối.",
        f"This organisation {words.en}. Give the reason why it may still take part, or keep it out.",
    )
    return Invalid("round.weigh", fields={"reason": text})


def already_applied() -> Conflict:
    return Conflict(
        "round.already_applied",
        Text("Tổ chức của bạn đã đăng ký phiên này.", "Your organisation has applied already."),
    )


def registration_over() -> Conflict:
    return Conflict(
        "round.registration_over",
        Text("Đã hết hạn đăng ký tham gia phiên này.", "Registration for this round is over."),
    )


def not_admitted() -> Forbidden:
    return Forbidden(
        "round.not_admitted",
        Text(
            "Tổ chức của bạn chưa được chấp nhận tham gia phiên này.",
            "Your organisation is not admitted to this round.",
        ),
    )


def no_deposit() -> Conflict:
    return Conflict(
        "round.no_deposit",
        Text(
            "Khoản đặt cọc của bạn chưa được xác nhận. Hãy khai báo và chờ đơn vị vận hành xác nhận.",
            "Your deposit is not confirmed yet. Declare it and wait for the operator.",
        ),
    )


def not_yet() -> Conflict:
    return Conflict("round.not_yet", Text("Phiên chưa bắt đầu nhận giá.", "The round takes no bids yet."))


def too_late() -> Conflict:
    return Conflict(
        "round.too_late",
        Text(
            "Đã hết giờ theo đồng hồ của cơ sở dữ liệu; giá này không được nhận.",
            "Time is over by the database's clock; this bid was not taken.",
        ),
    )


def below(least: int) -> Conflict:
    return Conflict(
        "round.below_minimum",
        Text(
            f"Giá phải từ {formats.money(least, 'vi')} trở lên.",
            f"The bid must be {formats.money(least, 'en')} or more.",
        ),
    )


def already_leading() -> Conflict:
    return Conflict(
        "round.already_leading",
        Text(
            "Bạn đang dẫn đầu. Muốn giữ chắc hơn, hãy nâng mức tối đa cao hơn mức đã đặt.",
            "You are leading. To hold on, raise your maximum above the one you gave.",
        ),
    )


def other_bid_same_key() -> Conflict:
    return Conflict(
        "round.key_used",
        Text(
            "Biểu mẫu này đã được gửi với số tiền khác. Hãy tải lại trang rồi trả giá.",
            "This form was sent with another amount. Reload the page and bid again.",
        ),
    )


def no_officers() -> Conflict:
    return Conflict(
        "round.no_officers",
        Text(
            "Chưa đủ hai người giữ khóa mở phong bì. Đơn vị vận hành cần chỉ định họ trước khi niêm yết.",
            "Two officers for the opening are not named yet. The operator names them before the announcement.",
        ),
    )


def officers_need_keys() -> Invalid:
    text = Text(
        "Chọn ít nhất hai người vận hành đã tạo khóa mở phong bì.",
        "Choose at least two operators who have made their officer's key.",
    )
    return Invalid("round.officers_need_keys", fields={"person_ids": text})


def not_officer() -> Forbidden:
    return Forbidden(
        "round.not_officer",
        Text(
            "Chỉ người giữ khóa của phiên này mới mở được phong bì.", "Only this round's officers open the envelopes."
        ),
    )


def wrong_passphrase() -> Invalid:
    return Invalid(
        "round.wrong_passphrase",
        fields={
            "passphrase": Text("Câu mật khẩu không mở được khóa của bạn.", "This passphrase does not open your key.")
        },
    )


def broken_shares() -> Conflict:
    return Conflict(
        "round.broken_shares",
        Text(
            "Hai phần khóa không ghép lại được thành khóa của phiên. Hãy báo đơn vị vận hành kiểm tra.",
            "The two shares do not make this round's key. Have the operator look into it.",
        ),
    )


def already_turned() -> Conflict:
    return Conflict(
        "round.already_turned",
        Text(
            "Bạn đã mở phần khóa của mình. Cần một người giữ khóa thứ hai.",
            "You have turned your key. A second officer is needed.",
        ),
    )


def deposit_out_of_range(least: int | None, most: int | None, source: str) -> Invalid:
    bounds = [("từ", "from", least), ("đến", "up to", most)]
    vi = " ".join(f"{a} {formats.money(n, 'vi')}" for a, _, n in bounds if n is not None)
    en = " ".join(f"{b} {formats.money(n, 'en')}" for _, b, n in bounds if n is not None)
    text = Text(
        f"Tiền đặt cọc của phiên có giá khởi điểm này phải {vi} ({source}), hoặc để trống nếu không yêu cầu.",
        f"The deposit at this starting price must be {en} ({source}), or left empty for none.",
    )
    return Invalid("round.deposit_range", fields={"deposit": text})


def schedule(field: str, vi: str, en: str) -> Invalid:
    return Invalid("round.schedule", fields={field: Text(vi, en)})


def listing_busy() -> Conflict:
    return Conflict(
        "round.listing_busy",
        Text("Công nghệ này đang có một phiên khác.", "This listing has a round already."),
    )


def not_offered() -> Conflict:
    return Conflict(
        "round.not_offered",
        Text(
            "Công nghệ không ở trạng thái đang chào bán nên chưa mở phiên được.",
            "The listing is not published, so no round can be held on it.",
        ),
    )


def objections_open() -> Conflict:
    return Conflict(
        "round.objections_open",
        Text("Còn ý kiến phản đối chưa được trả lời.", "An objection is not answered yet."),
    )


def too_often() -> Conflict:
    return Conflict(
        "round.too_often",
        Text("Bạn gửi quá nhiều phong bì. Hãy thử lại sau ít phút.", "Too many envelopes. Try again in a few minutes."),
    )


def bids_taken() -> Conflict:
    return Conflict(
        "round.bids_taken",
        Text(
            "Phiên đã mở nhận giá nên chỉ đơn vị vận hành mới hủy được. Hãy gửi lý do cho họ.",
            "Bids are being taken, so only the operator may cancel. Send them your reason.",
        ),
    )
