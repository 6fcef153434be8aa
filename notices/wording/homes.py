"""PURE: what people are told when somebody lives in another home from now on: title and text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Said = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Homes:
    """`lives`: to who lives there; the home's name, its people's. `speaks`: to who speaks for some of them, by name."""

    lives: Callable[[str, str], Said]
    speaks: Callable[[str, str, str], Said]
    undone: Said
    each: Callable[[Sequence[str]], str]
    """Names, as one part of a sentence."""


_WORDS: Final[Mapping[str, Homes]] = {
    "ja": Homes(
        lives=lambda home, people: (
            f"「{home}」の世帯が変わりました",
            f"「{home}」の世帯は、これから {people}です。「読みました」や安否は、どなたかが押すと、この世帯の分になります。"
            "代理の方がいるときは、その方もこの世帯の分を押せます。\n"
            "心あたりのないときは、町内会の役員に知らせてください。",
        ),
        speaks=lambda who, home, people: (
            f"{who}の世帯が変わりました",
            f"{who}は、これから「{home}」の世帯（{people}）です。"
            "代理としてなさることは、この世帯の分になります。前の世帯の分は、できません。",
        ),
        undone=(
            "世帯の変更は、取り消されました",
            "先にお知らせした世帯の変更は、まちがいでした。前のとおりで、何もなさることはありません。",
        ),
        each=lambda names: "、".join(f"{name}さん" for name in names),
    ),
    "en": Homes(
        lives=lambda home, people: (
            f"The household {home} has changed",
            f"From now on the household {home} is {people}. What one of you presses counts for all of you, and so does what a "
            "proxy of one of you presses.\nIf you know nothing of this, tell an officer of your association.",
        ),
        speaks=lambda who, home, people: (
            f"{who}: another household",
            f"From now on {who} belongs to the household {home} ({people}). What you do as a proxy counts for this household, "
            "and no longer for the one before.",
        ),
        undone=(
            "The change of the household was taken back",
            "The change of a household that you were told of was a mistake. All is as before; there is nothing to do.",
        ),
        each=lambda names: ", ".join(names),
    ),
}


def homes(lang: str) -> Homes:
    """Japanese where we do not speak the language yet."""
    return _WORDS.get(lang, _WORDS["ja"])
