"""Refusals of matching."""

from app.kit.errors import Invalid
from app.kit.text import Text


def not_whole() -> Invalid:
    text = Text("Các trọng số phải cộng lại bằng 100 %.", "The shares add up to 100 %.")
    return Invalid("matching.not_whole", fields={"technical": text})


def say_which() -> Invalid:
    text = Text("Hãy viết một dòng nói rõ lý do.", "Write a line that says why.")
    return Invalid("matching.say_which", fields={"reason": text})
