"""PURE: a notice's body, from its small Markdown subset to HTML and to plain text; and cutting text by bytes.

What is stored is what was written. It is made safe here, each time it goes out.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

# Paragraphs, line breaks, emphasis, lists, headings, quotes, links. What people do by accident in plain text
# (four spaces, a row of dashes under a line, "[1]: …") must not turn into structure or vanish.
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(
    ["code", "fence", "lheading", "reference", "html_block", "html_inline", "image"]
)
_TAGS: Final = {
    "p",
    "br",
    "strong",
    "em",
    "ul",
    "ol",
    "li",
    "h3",
    "h4",
    "h5",
    "h6",
    "a",
    "blockquote",
    "hr",
    "code",
}
_ATTRIBUTES: Final = {"a": {"href"}, "ol": {"start"}}
_SCHEMES: Final = {"https", "http", "mailto", "tel"}


def html_of(body: str) -> str:
    """Sanitised HTML of a body. Headings begin at h3: the title above them is the h2 of page or mail."""
    tokens = _MARKDOWN.parse(body)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


def plain_of(body: str) -> str:
    """The body as people type it in a mail: no marks, "・" for list items, links as "text（address）"."""
    lines: list[str] = []
    items: list[int | None] = []
    mark = ""
    for token in _MARKDOWN.parse(body):
        match token.type:
            case "bullet_list_open":
                items.append(None)
            case "ordered_list_open":
                items.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                items.pop()
            case "list_item_open":
                mark = _item_mark(items)
            case "hr":
                lines += ["", "－－－－－－－－"]
            case "inline":
                spaced = not mark and not token.hidden and not items
                lines += ([""] if spaced else []) + [mark + "".join(_plain_inline(token.children or ()))]
                mark = ""
    return "\n".join(lines).strip()


def _item_mark(items: list[int | None]) -> str:
    indent = "　" * (len(items) - 1)
    number = items[-1]
    if number is None:
        return f"{indent}・"
    items[-1] = number + 1
    return f"{indent}{number}. "


def _plain_inline(children: Sequence[Token]) -> Iterator[str]:
    links: list[str] = []
    text_since_link = ""
    for child in children:
        if child.type == "link_open":
            links.append(str(child.attrGet("href") or ""))
            text_since_link = ""
        elif child.type == "link_close":
            address = links.pop()
            if text_since_link not in (address, address.removeprefix("mailto:").removeprefix("tel:")):
                yield f"（{address}）"
        elif child.type in ("softbreak", "hardbreak"):
            yield "\n"
        elif child.content:
            text_since_link += child.content
            yield child.content


def shortened(text: str, limit: int, mark: str = "…") -> str:
    """At most `limit` bytes of UTF-8, cut between characters as readers see them (roughly), with a mark."""
    if len(text.encode("utf-8", "replace")) <= limit:
        return text
    room = limit - len(mark.encode())
    if room <= 0:
        return ""
    kept = text.encode("utf-8", "replace")[:room].decode("utf-8", "ignore")
    return kept[: _last_boundary(text, len(kept))].rstrip() + mark


def _last_boundary(text: str, end: int) -> int:
    while 0 < end < len(text) and (_joins(text[end]) or text[end - 1] == "\u200d" or _splits_flag(text, end)):
        end -= 1
    return end


def _joins(char: str) -> bool:
    """Whether it belongs to the character before it: accents, dakuten, variations, skin tones, joiners."""
    return unicodedata.combining(char) != 0 or unicodedata.category(char) in ("Mn", "Me") or (
        char == "\u200d" or "\ufe00" <= char <= "\ufe0f" or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f" or "\U000e0100" <= char <= "\U000e01ef"
    )  # fmt: skip


def _splits_flag(text: str, end: int) -> bool:
    """A flag is two regional indicators: an odd number of them before the cut means one is cut in half."""
    run = end
    while run > 0 and "\U0001f1e6" <= text[run - 1] <= "\U0001f1ff":
        run -= 1
    return "\U0001f1e6" <= text[end] <= "\U0001f1ff" and (end - run) % 2 == 1
