"""Refusals of the valuation case."""

from app.kit.errors import Conflict, Forbidden, Invalid
from app.kit.text import Text


def not_a_party() -> Forbidden:
    return Forbidden(
        "valuation.not_a_party",
        Text(
            "Chỉ chủ sở hữu công nghệ hoặc một bên của giao dịch về công nghệ này được yêu cầu định giá.",
            "Only the owner of the technology, or a party of a deal over it, may ask for a valuation.",
        ),
    )


def wrong_deal() -> Invalid:
    text = Text("Giao dịch này không về công nghệ đã chọn.", "This deal is not about the chosen technology.")
    return Invalid("valuation.wrong_deal", fields={"deal_id": text})


def deal_closed() -> Invalid:
    text = Text("Giao dịch này đã dừng.", "This deal is closed.")
    return Invalid("valuation.deal_closed", fields={"deal_id": text})


def wrong_previous() -> Invalid:
    text = Text("Không tìm thấy vụ việc trước của tổ chức bạn.", "There is no earlier case of yours like this.")
    return Invalid("valuation.wrong_previous", fields={"previous_id": text})


def value_date_range(months: int) -> Invalid:
    text = Text(
        f"Ngày giá trị phải trong {months} tháng trước hoặc 90 ngày tới: kết quả chỉ có hiệu lực {months} tháng kể từ "
        "ngày này.",
        f"The value date lies within the last {months} months or the next 90 days: a result is valid for {months} "
        "months from it.",
    )
    return Invalid("valuation.value_date", fields={"value_date": text})


def past_day(field: str) -> Invalid:
    return Invalid(
        "valuation.past_day", fields={field: Text("Hãy chọn một ngày từ hôm nay.", "Choose today or a later day.")}
    )


def too_late_day(field: str) -> Invalid:
    text = Text("Hãy chọn một ngày trong 90 ngày tới.", "Choose a day within the next 90 days.")
    return Invalid("valuation.too_late_day", fields={field: text})


def own_provider() -> Invalid:
    text = Text(
        "Không mời chính tổ chức bạn hoặc một bên của giao dịch.",
        "Neither your own organisation nor a party of the deal can be asked.",
    )
    return Invalid("valuation.own_provider", fields={"providers": text})


def unqualified(names: list[str], *, appraisal: bool) -> Invalid:
    who = ", ".join(names)
    what = Text("thẩm định giá", "statutory price appraisal") if appraisal else Text("định giá", "price estimates")
    text = Text(
        f"Không nhận dịch vụ {what.vi} hôm nay, hoặc giấy phép chưa được kiểm tra hay đã hết hạn: {who}. "
        "Hãy chọn trong danh bạ.",
        f"Not offering {what.en} today, or without a checked licence in force: {who}. Choose from the directory.",
    )
    return Invalid("valuation.unqualified", fields={"providers": text})


def unqualified_now() -> Conflict:
    return Conflict(
        "valuation.unqualified_now",
        Text(
            "Hôm nay tổ chức thực hiện không còn nhận dịch vụ này: hồ sơ trong danh bạ hoặc giấy phép không còn hiệu "
            "lực. Hãy cập nhật giấy phép rồi thử lại.",
            "The provider does not offer this service today: its profile or licence is not in force. Renew the licence "
            "and try again.",
        ),
    )


def not_independent(words: Text) -> Conflict:
    return Conflict(
        "valuation.not_independent",
        Text(
            f"Không đủ tính độc lập: tổ chức {words.vi}. Một tổ chức khác phải thực hiện vụ việc này.",
            f"Not independent: the organisation {words.en}. Another organisation must do this case.",
        ),
    )


def undecided(words: Text) -> Conflict:
    return Conflict(
        "valuation.undecided",
        Text(
            f"Tổ chức có thể {words.vi}. Đơn vị vận hành cần xem xét trước; hãy thử lại sau khi có kết quả.",
            f"It is possible that the organisation {words.en}. The operator must decide first; try again afterwards.",
        ),
    )


def nothing_to_clear() -> Conflict:
    return Conflict(
        "valuation.nothing_to_clear",
        Text("Không có quan hệ nào cần xem xét.", "There is no tie that waits for a decision."),
    )


def quotes_closed() -> Conflict:
    return Conflict(
        "valuation.quotes_closed",
        Text("Đã hết hạn báo giá hoặc báo giá hết hiệu lực.", "The time for quotes is over, or the quote has lapsed."),
    )


def quote_changed() -> Conflict:
    return Conflict(
        "valuation.quote_changed",
        Text(
            "Báo giá đã thay đổi sau khi bạn đọc. Hãy xem lại rồi chọn.",
            "The quote has changed since you read it. Look again, then choose.",
        ),
    )


def not_colleagues() -> Invalid:
    text = Text("Chỉ nêu người thuộc tổ chức của bạn.", "Name people of your own organisation only.")
    return Invalid("valuation.not_colleagues", fields={"appraisers": text})


def too_few(needed: int, document: str, article: str) -> Invalid:
    text = Text(
        f"Cần ít nhất {needed} thẩm định viên có số thẻ hành nghề ({document}, Điều {article}).",
        f"At least {needed} appraisers with a practising card are needed ({document}, article {article}).",
    )
    return Invalid("valuation.too_few", fields={"appraisers": text})


def representative_needed() -> Invalid:
    text = Text(
        "Hãy chọn người đại diện theo pháp luật ký chứng thư; người này không phải là thẩm định viên duy nhất.",
        "Choose the legal representative who signs the certificate; not the only appraiser.",
    )
    return Invalid("valuation.representative", fields={"representative_id": text})


def full(most: int) -> Conflict:
    return Conflict(
        "valuation.full", Text(f"Vụ việc đã có {most} tài liệu.", f"The case has {most} documents already.")
    )


def same_document() -> Conflict:
    return Conflict(
        "valuation.same_document", Text("Tệp này đã có trong vụ việc.", "This file is in the case already.")
    )


def sheet_changed() -> Conflict:
    return Conflict(
        "valuation.sheet_changed",
        Text(
            "Bảng tính đã được sửa hoặc gửi đi sau khi bạn mở. Hãy tải lại trang.",
            "The work sheet was changed or sent on since you opened it. Reload the page.",
        ),
    )


def sheet_open() -> Conflict:
    return Conflict(
        "valuation.sheet_open",
        Text("Đang có một bảng tính chưa xong.", "There is a work sheet that is not finished."),
    )


def no_single_value() -> Invalid:
    text = Text(
        "Chưa có một giá trị chung: hãy đặt trọng số cho các phép tính.",
        "There is no single value: give the calculations weights.",
    )
    return Invalid("valuation.no_single_value", fields={"synthesis": text})


def too_large() -> Invalid:
    text = Text("Giá trị tính ra lớn quá mức ghi được.", "The value is too large to be recorded.")
    return Invalid("valuation.too_large", fields={"calculations": text})


def no_origin(field: Text) -> Text:
    return Text(f"Hãy chọn nguồn gốc của “{field.vi}”.", f"Choose where “{field.en}” comes from.")


def no_source(field: Text) -> Text:
    return Text(
        f"“{field.vi}” lấy từ đăng ký hoặc đo đạc: hãy ghi nguồn hoặc chọn tài liệu làm chứng.",
        f"“{field.en}” is from a register or measured: name the source, or choose the document that shows it.",
    )


def unknown_evidence() -> Text:
    return Text("Tài liệu làm chứng không có trong vụ việc.", "The evidence is not among the documents of the case.")


def unsupported(fields: dict[str, Text]) -> Invalid:
    return Invalid("valuation.unsupported", fields=fields)


def own_sheet() -> Forbidden:
    return Forbidden(
        "valuation.own_sheet",
        Text(
            "Người đã soạn bảng tính không soát xét chính nó. Hãy nhờ người thứ hai.",
            "Whoever wrote in a work sheet does not review it. Ask a second person.",
        ),
    )


def not_yet() -> Conflict:
    return Conflict(
        "valuation.not_yet",
        Text(
            "Chưa đến ngày giá trị nên chưa lập được báo cáo.",
            "The value date has not come; the report cannot be made yet.",
        ),
    )


def certificate_needed() -> Invalid:
    text = Text("Thẩm định giá cần số chứng thư.", "An appraisal needs the number of its certificate.")
    return Invalid("valuation.certificate", fields={"certificate_number": text})


def no_certificate() -> Invalid:
    text = Text(
        "Định giá tham khảo không có chứng thư. Hãy bỏ trống mục này.",
        "An estimate for reference has no certificate. Leave this empty.",
    )
    return Invalid("valuation.no_certificate", fields={"certificate_number": text})


def number_taken() -> Invalid:
    text = Text("Số báo cáo hoặc số chứng thư này đã được dùng.", "This number is taken by another report.")
    return Invalid("valuation.number_taken", fields={"number": text})


def other_document() -> Conflict:
    return Conflict(
        "valuation.other_document",
        Text(
            "Báo cáo bạn đọc không phải bản đang chờ ký. Hãy tải lại trang.",
            "What you read is not the document that awaits signatures. Reload the page.",
        ),
    )


def other_name() -> Invalid:
    text = Text("Hãy gõ đúng tên bạn như trên báo cáo.", "Type your name as it stands on the report.")
    return Invalid("valuation.other_name", fields={"typed_name": text})


def signed_already() -> Conflict:
    return Conflict("valuation.signed_already", Text("Bạn đã ký báo cáo này.", "You have signed this report already."))


def valid_no_more() -> Conflict:
    return Conflict(
        "valuation.valid_no_more",
        Text(
            "Kết quả đã quá thời hạn hiệu lực nên không ký hoặc giao được. Hãy yêu cầu định giá lại.",
            "The result is past its term; it can be neither signed nor delivered. A new valuation is needed.",
        ),
    )


def complaint_over() -> Conflict:
    return Conflict(
        "valuation.complaint_over",
        Text(
            "Đã hết hạn khiếu nại, hoặc báo cáo này đã được khiếu nại.",
            "The time for complaints is over, or this report has been complained of already.",
        ),
    )


def too_few_prices() -> Conflict:
    return Conflict(
        "valuation.too_few_prices",
        Text(
            "Không đủ mẫu: chưa có đủ giao dịch của hình thức này để đưa vào bảng tính mà không lộ một giao dịch nào.",
            "Too few: there are not enough deals of this mode to offer any without telling one of them.",
        ),
    )
