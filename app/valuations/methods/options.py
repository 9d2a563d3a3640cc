"""Real options: the right, not the duty, to invest later.

`underlying` is the present value of the cash flows that the investment would bring, `exercise_price` what it costs,
`life` the years for which the right lasts. Rates are continuous (e^rt). Waiting costs what the asset would have earned
meanwhile: a yield y, or 1 / remaining life when each year of waiting loses one year of protection.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Any

from app.kit.text import Text
from app.valuations.methods.base import (
    PRECISION,
    Approach,
    Column,
    Figure,
    Inputs,
    Method,
    Note,
    Number,
    OutOfRange,
    Result,
    Schedule,
    Source,
    Unit,
    field,
    money,
    rate,
)

MOST_STEPS = 500
SHOWN_STEPS = 6
_ROOT_TWO_PI = Decimal("2.50662827463100050241576528481104525300698674060993831662992")


class Kind(StrEnum):
    """`call`: the right to invest; `put`: the right to give up and receive the exercise price."""

    call = "call"
    put = "put"


class Exercise(StrEnum):
    """When the right may be used: `european` at the end only, `american` at any step."""

    european = "european"
    american = "american"


class OptionInputs(Inputs):
    kind: Kind = field(
        Unit.none, "Loại quyền", "Kind of option", default=Kind.call, example="call",
        help_vi="call: quyền đầu tư; put: quyền từ bỏ để nhận giá thực hiện.",
        help_en="call: the right to invest; put: the right to give up and receive the exercise price.",
    )  # fmt: skip
    underlying: Number = money(
        "Giá trị tài sản cơ sở", "Value of the underlying asset", gt=0, example="3422000000",
        help_vi="Giá trị hiện tại của dòng tiền khi khai thác công nghệ, chưa trừ vốn đầu tư.",
        help_en="Present value of the cash flows from using the technology, investment not taken off.",
    )  # fmt: skip
    exercise_price: Number = money(
        "Giá thực hiện", "Exercise price", gt=0, example="2875000000",
        help_vi="Vốn phải đầu tư để khai thác.", help_en="What must be invested to use it.",
    )  # fmt: skip
    life: Number = field(
        Unit.years, "Thời hạn của quyền", "Life of the option", gt=0, le=100, example="17",
        help_vi="Số năm còn quyền, ví dụ thời hạn bảo hộ còn lại.",
        help_en="Years for which the right lasts, for example the protection left.",
    )  # fmt: skip
    risk_free_rate: Number = rate(
        "Lãi suất phi rủi ro", "Risk-free rate", ge=Decimal("-0.1"), example="0.067",
        help_vi="Ghép lãi liên tục, theo năm.", help_en="Continuously compounded, a year.",
    )  # fmt: skip
    dividend_yield: Number = rate(
        "Chi phí của việc chờ", "Cost of waiting", default=Decimal(0), example="0",
        help_vi="Tỷ lệ giá trị mất đi mỗi năm chờ (như cổ tức), ghép lãi liên tục.",
        help_en="The share of value lost by each year of waiting (like a dividend), continuously compounded.",
    )  # fmt: skip
    cost_of_delay: bool = field(
        Unit.none, "Mỗi năm chờ mất một năm bảo hộ", "Each year of waiting loses a year of protection", default=False,
        example=False,
        help_vi="Chi phí của việc chờ = 1 / thời hạn của quyền; khi đó để trống ô trên.",
        help_en="The cost of waiting is 1 / life of the option; leave the field above empty then.",
    )  # fmt: skip

    @property
    def waiting(self) -> Decimal:
        """y, the share of value lost by a year of waiting."""
        if not self.cost_of_delay:
            return self.dividend_yield
        if self.dividend_yield:
            raise OutOfRange("dividend_yield", _ONE_COST)
        return 1 / self.life

    def payoff(self, price: Decimal) -> Decimal:
        return price - self.exercise_price if self.kind is Kind.call else self.exercise_price - price


class BlackScholesInputs(OptionInputs):
    volatility: Number = field(
        Unit.rate, "Độ biến động", "Volatility", gt=0, le=5, example="0.4733",
        help_vi="Độ lệch chuẩn hằng năm của lợi suất tài sản cơ sở (căn bậc hai của phương sai).",
        help_en="Standard deviation a year of the underlying's return (the square root of the variance).",
    )  # fmt: skip


class BinomialInputs(OptionInputs):
    exercise: Exercise = field(
        Unit.none, "Kiểu thực hiện", "Exercise", default=Exercise.american, example="american",
        help_vi="european: chỉ khi hết hạn; american: bất cứ lúc nào.",
        help_en="european: at the end only; american: at any step.",
    )  # fmt: skip
    steps: int = field(
        Unit.number, "Số bước", "Steps", ge=1, le=MOST_STEPS, example=50,
        help_vi="Thời hạn chia thành bấy nhiêu bước.", help_en="The life is cut into so many steps.",
    )  # fmt: skip
    volatility: Number | None = field(
        Unit.rate, "Độ biến động", "Volatility", default=None, gt=0, le=5, example="0.4733",
        help_vi="Cho u = e^(σ√Δt), d = 1/u; bỏ trống nếu nhập u và d.",
        help_en="Gives u = e^(σ√Δt), d = 1/u; leave it out when you give u and d.",
    )  # fmt: skip
    up: Number | None = field(
        Unit.factor, "Hệ số tăng u", "Up factor u", default=None, gt=0, le=100,
        help_vi="Giá trị nhân với u sau một bước thuận lợi.", help_en="The value is multiplied by u in a good step.",
    )  # fmt: skip
    down: Number | None = field(
        Unit.factor, "Hệ số giảm d", "Down factor d", default=None, gt=0, le=100,
        help_vi="Giá trị nhân với d sau một bước bất lợi.", help_en="The value is multiplied by d in a bad step.",
    )  # fmt: skip


def density(x: Decimal) -> Decimal:
    """The standard normal density φ(x)."""
    return (-x * x / 2).exp() / _ROOT_TWO_PI


def normal(x: Decimal) -> Decimal:
    """The standard normal distribution function Φ(x), to the precision of methods, the tails included.

    Near the middle the power series Φ(x) = 1/2 + φ(x)·Σ x^(2k+1)/(1·3·…·(2k+1)), all of one sign; beyond 5 the
    continued fraction of Laplace for the tail. Abramowitz & Stegun 26.2.11, 26.2.14.
    """
    with localcontext() as context:
        context.prec = PRECISION + 15
        a = abs(x)
        height = density(a)
        if a > 5:
            below = a
            for k in range(120, 0, -1):
                below = a + k / below
            tail = height / below
        else:
            term = total = a
            k = 1
            while term > total.scaleb(-PRECISION - 15):
                k += 2
                term = term * a * a / k
                total += term
            tail = Decimal("0.5") - height * total
        made = tail if x < 0 else 1 - tail
    return +made


def black_scholes(i: BlackScholesInputs) -> Result:
    """Value in money of a European option on an asset whose value moves as a geometric Brownian motion."""
    y, sigma, years = i.waiting, i.volatility, i.life
    root = sigma * years.sqrt()
    d1 = ((i.underlying / i.exercise_price).ln() + (i.risk_free_rate - y + sigma * sigma / 2) * years) / root
    d2 = d1 - root
    asset = i.underlying * (-y * years).exp()
    price = i.exercise_price * (-i.risk_free_rate * years).exp()
    if i.kind is Kind.call:
        n1, n2 = normal(d1), normal(d2)
        value = asset * n1 - price * n2
    else:  # from the tails themselves: 1 - Φ would lose the digits of a small one
        below1, below2 = normal(-d1), normal(-d2)
        value = price * below2 - asset * below1
        n1, n2 = 1 - below1, 1 - below2
    figures = (
        Figure(key="d1", vi="d1", en="d1", unit=Unit.factor, value=d1),
        Figure(key="d2", vi="d2", en="d2", unit=Unit.factor, value=d2),
        Figure(key="n_d1", vi="N(d1)", en="N(d1)", unit=Unit.rate, value=n1),
        Figure(key="n_d2", vi="N(d2), xác suất thực hiện (trung tính rủi ro)",
               en="N(d2), the risk-neutral chance of exercise", unit=Unit.rate, value=n2),
    )  # fmt: skip
    return _result("black_scholes", i, value, figures, (), (_EUROPEAN, _LOGNORMAL))


def binomial_option(i: BinomialInputs) -> Result:
    """Value in money of an option on a lattice: CRR from the volatility, or with the factors u and d given."""
    step = i.life / i.steps
    up, down = _factors(i, step)
    drift = ((i.risk_free_rate - i.waiting) * step).exp()
    discount = (-i.risk_free_rate * step).exp()
    if not down < drift < up:
        raise OutOfRange("up" if i.up is not None else "steps", _ARBITRAGE)
    chance = (drift - down) / (up - down)
    good, bad = discount * chance, discount * (1 - chance)
    ups, downs = _powers(up, i.steps), _powers(down, i.steps)
    american, zero = i.exercise is Exercise.american, Decimal(0)
    # The payoff at step `at` after j good steps is signed[j]·d^(at-j) + strike: one product a node.
    sign = 1 if i.kind is Kind.call else -1
    signed, strike = [sign * i.underlying * u for u in ups], -sign * i.exercise_price
    values = [max(signed[j] * downs[i.steps - j] + strike, zero) for j in range(i.steps + 1)]
    lattice = [(i.steps, values)]
    for at in range(i.steps - 1, -1, -1):
        values = [good * u + bad * d for u, d in zip(values[1:], values[:-1], strict=True)]
        if american:
            now = [s * d + strike for s, d in zip(signed[: at + 1], reversed(downs[: at + 1]), strict=True)]
            values = [max(n, v) for v, n in zip(values, now, strict=True)]
        if i.steps <= SHOWN_STEPS:
            lattice.append((at, values))
    figures = (
        Figure(key="up", vi="Hệ số tăng u", en="Up factor u", unit=Unit.factor, value=up),
        Figure(key="down", vi="Hệ số giảm d", en="Down factor d", unit=Unit.factor, value=down),
        Figure(key="probability", vi="Xác suất tăng (trung tính rủi ro)", en="Risk-neutral chance of a good step",
               unit=Unit.rate, value=chance),
    )  # fmt: skip
    schedules = (_lattice(i, lattice, ups, downs),) if i.steps <= SHOWN_STEPS else ()
    return _result("binomial_option", i, values[0], figures, schedules, ())


def _factors(i: BinomialInputs, step: Decimal) -> tuple[Decimal, Decimal]:
    if i.volatility is not None:
        if i.up is not None or i.down is not None:
            raise OutOfRange("volatility", _ONE_WAY)
        up = (i.volatility * step.sqrt()).exp()
        return up, 1 / up
    if i.up is None or i.down is None:
        raise OutOfRange("volatility" if i.up is i.down else "up" if i.up is None else "down", _ONE_WAY)
    return i.up, i.down


def _powers(factor: Decimal, most: int) -> list[Decimal]:
    made = [Decimal(1)]
    for _ in range(most):
        made.append(made[-1] * factor)
    return made


def _lattice(
    i: BinomialInputs, lattice: list[tuple[int, list[Decimal]]], ups: list[Decimal], downs: list[Decimal]
) -> Schedule:
    step = i.life / i.steps
    rows = []
    for at, values in sorted(lattice, key=lambda pair: pair[0]):
        for j in range(at, -1, -1):
            price = i.underlying * ups[j] * downs[at - j]
            now = i.payoff(price)
            may = at == i.steps or i.exercise is Exercise.american
            used = Decimal(int(may and now > 0 and now >= values[j]))
            rows.append((Decimal(at), step * at, Decimal(j), price, values[j], used))
    return Schedule(
        key="lattice", vi="Lưới", en="Lattice", rows=tuple(rows),
        columns=(
            Column(key="step", vi="Bước", en="Step", unit=Unit.number),
            Column(key="year", vi="Năm", en="Year", unit=Unit.years),
            Column(key="ups", vi="Số bước tăng", en="Good steps", unit=Unit.number),
            Column(key="underlying", vi="Tài sản cơ sở", en="Underlying", unit=Unit.money),
            Column(key="value", vi="Giá trị quyền", en="Value of the option", unit=Unit.money),
            Column(key="exercised", vi="Thực hiện tại đây (1 = có)", en="Exercised here (1 = yes)", unit=Unit.number),
        ),
    )  # fmt: skip


def _result(
    method: str,
    i: OptionInputs,
    value: Decimal,
    figures: tuple[Figure, ...],
    schedules: tuple[Schedule, ...],
    notes: tuple[Note, ...],
) -> Result:
    now = i.payoff(i.underlying)
    return Result(
        method=method, unit=Unit.money, value=value, schedules=schedules,
        notes=(*notes, *((_DELAY,) if i.cost_of_delay else ())),
        figures=(
            Figure(key="npv_if_exercised_now", vi="NPV nếu thực hiện ngay", en="NPV if exercised now", unit=Unit.money,
                   value=now),
            Figure(key="time_premium", vi="Giá trị của việc chờ", en="Time premium", unit=Unit.money,
                   value=value - now),
            *figures,
            Figure(key="cost_of_waiting", vi="Chi phí của việc chờ mỗi năm", en="Cost of waiting a year",
                   unit=Unit.rate, value=i.waiting),
        ),
    )  # fmt: skip


_ONE_COST = Text(
    "Chi phí của việc chờ nhập một cách thôi: để 0, hoặc bỏ chọn 1 / thời hạn.",
    "State the cost of waiting in one way: set this to 0, or do not choose 1 / life.",
)
_ONE_WAY = Text(
    "Hãy nhập độ biến động, hoặc cả u và d; không nhập cả hai cách.",
    "Give the volatility, or both u and d; not both ways.",
)
_ARBITRAGE = Text(
    "Mỗi bước phải có d < e^((r-y)Δt) < u. Hãy tăng số bước hoặc độ biến động, hoặc xem lại u, d và lãi suất.",
    "In each step d < e^((r-y)Δt) < u must hold. Take more steps or volatility, or look at u, d and the rate again.",
)
_EUROPEAN = Note(
    code="european_exercise",
    vi="Black-Scholes giả định chỉ thực hiện khi hết hạn; quyền thực hiện sớm dùng lưới nhị thức.",
    en="Black-Scholes assumes exercise at the end only; for earlier exercise use the binomial lattice.",
)
_LOGNORMAL = Note(
    code="lognormal",
    vi="Giá trị tài sản cơ sở được giả định biến động liên tục theo phân phối chuẩn lô-ga-rít.",
    en="The underlying's value is assumed to move continuously and to be lognormal.",
)
_DELAY = Note(
    code="cost_of_delay",
    vi="Chi phí của việc chờ được lấy bằng 1 / thời hạn còn lại mỗi năm.",
    en="The cost of waiting is taken as 1 / remaining life a year.",
)

METHODS: tuple[Method[Any], ...] = (
    Method(
        name="black_scholes", approach=Approach.option,
        vi="Quyền chọn thực, Black-Scholes", en="Real option, Black-Scholes",
        about_vi="Cho bằng độc quyền mà chủ có thể chờ thời điểm đầu tư; giá trị gồm cả giá trị của việc chờ.",
        about_en="For a patent whose owner may wait before investing; the value holds what waiting is worth.",
        formula="C = S·e^(-yT)·N(d1) - K·e^(-rT)·N(d2); d1 = [ln(S/K) + (r-y+σ²/2)T]/(σ√T); d2 = d1 - σ√T",
        inputs=BlackScholesInputs, function=black_scholes,
        sources=(
            Source("Black & Scholes, The Pricing of Options and Corporate Liabilities, JPE 81 (1973)"),
            Source("Damodaran on Valuation, 2nd ed.", "Illustration 12.5"),
        ),
    ),
    Method(
        name="binomial_option", approach=Approach.option,
        vi="Quyền chọn thực, lưới nhị thức", en="Real option, binomial lattice",
        about_vi="Như Black-Scholes nhưng từng bước, nên cho phép thực hiện sớm và hệ số u, d cho trước.",
        about_en="Like Black-Scholes but step by step, so early exercise and given factors u, d are possible.",
        formula="p = (e^((r-y)Δt) - d)/(u-d); V = e^(-rΔt)·(p·V_u + (1-p)·V_d); u = e^(σ√Δt), d = 1/u",
        inputs=BinomialInputs, function=binomial_option,
        sources=(Source("Cox, Ross & Rubinstein, Option Pricing: A Simplified Approach, JFE 7 (1979)"),),
    ),
)  # fmt: skip
