"""The answers as a spreadsheet: a line per answer with names, or, where nobody is told who answered what, the sums alone."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from notices.forms.shape import VOTES, Form, Question
from notices.ledger.reach_csv import Csv, written

HOWS: Final = {"app": "アプリ", "paper": "紙"}
PLACES: Final = {"given": "席あり", "waiting": "キャンセル待ち"}
VOTE_WORDS: Final = dict(zip((*VOTES, "silent"), ("賛成", "反対", "棄権", "無回答"), strict=True))
SUMS: Final = {
    "asked": "対象",
    "answered": "回答",
    "come": "出席（件）",
    "people": "出席（人）",
    "stay": "欠席（件）",
    "places": "定員（人）",
    "free": "空席（人）",
    "waiting": "キャンセル待ち（件）",
    "waitingPeople": "キャンセル待ち（人）",
    "voted": "議決権行使",
    "toChair": "議長への委任",
    "withVotes": "ほかの方への委任（議決に加算）",
    "unused": "ほかの方への委任（委任先が未回答）",
}
"""In the order of the lines."""


def per_answer(form: Form, rows: Sequence[Mapping[str, Any]], encoding: str) -> Csv:
    """`rows`: of results.answers, with what was answered. Raises ChoiceUnknown."""
    headers = ["班", "巡回順", "世帯名", "氏名" if form.per == "person" else "回答", "方法", "代理", "日時"]
    headers += ["出欠", "人数", "席"] if form.kind == "attendance" else []
    headers += ["委任"] if form.kind == "assembly" else []
    headers += [question.text for question in form.questions]
    return written(headers, (_answer(form, row) for row in rows), encoding)


def _answer(form: Form, row: Mapping[str, Any]) -> Sequence[object]:
    answered = row["answered"]
    who = row["name"] if form.per == "person" else ("○" if answered else "")
    line: list[object] = [row["block"], row["walk"], row["home"], who]
    if not answered:
        return line
    line += [HOWS[row["how"]], "○" if row["proxy"] else "", row["at"][:16].replace("T", " ")]
    if form.kind == "attendance":
        comes = bool(row["people"])
        line += ["出席" if comes else "欠席", row["people"], PLACES.get(row["place"] or "", "")]
    if form.kind == "assembly":
        line.append(_letter(row["letter"]))
    return [*line, *(words(question, row["answers"].get(question.id)) for question in form.questions)]


def _letter(letter: Any) -> str:
    if letter is None:
        return ""
    return "議長" if letter == "chair" else str(letter["name"])


def words(question: Question, choice: Any) -> str:
    """What was chosen or written, as people read it."""
    if choice is None:
        return ""
    if question.asks == "text":
        return str(choice)
    texts = dict(VOTE_WORDS) if question.asks == "vote" else {each.id: each.text for each in question.options}
    chosen = [choice] if isinstance(choice, str) else choice
    return "、".join(texts[each] for each in chosen)


def sums(form: Form, counts: Mapping[str, Any], encoding: str) -> Csv:
    """`counts`: of counting.tally; what is hidden has no lines. Raises ChoiceUnknown."""
    lines: list[Sequence[object]] = [
        ("", word, counts[name]) for name, word in SUMS.items() if counts.get(name) is not None
    ]
    for question in form.questions:
        texts = dict(VOTE_WORDS) | {each.id: each.text for each in question.options} | {"written": "記入"}
        for id, number in counts.get("questions", {}).get(question.id, {}).items():
            lines.append((question.text, texts[id], number))
    return written(["質問", "答え", "数"], iter(lines), encoding)
