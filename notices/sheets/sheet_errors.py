"""What can go wrong with printed sheets: each says what to do with the paper in one's hand. See errors.py for the form."""

from notices.errors import KairanError


class NobodyOnPaper(KairanError):
    slug = "nobody-on-paper"
    ja = "紙で届ける家は、いまはありません。印刷はいりません。"
    en = "No home is on paper that has not been told already. Nothing needs to be printed."


class SheetCodeMistyped(KairanError):
    slug = "sheet-code-mistyped"
    ja = "番号のどこかがちがっています。紙の右上の6文字を見ながら、もう一度入れてください。"
    en = "There is a typing mistake in the code. Compare it with the six characters on the sheet, and enter it again."


class SheetUnknown(KairanError):
    """Of another association too: what is not theirs looks like what is not there."""

    slug = "sheet-unknown"
    ja = "この番号の紙は、この会にはありません。番号と、紙に書いてある会の名前を確かめてください。"
    en = (
        "No sheet of your association has this code. Check the code, and the association's name on the sheet."
    )


class SheetOfAnotherBlock(KairanError):
    """`block`: its name."""

    slug = "sheet-of-another-block"
    ja = "これは{block}の紙です。{block}の班長か、役員の方にわたしてください。"
    en = "This sheet is of the block {block}. Hand it to that block's leader, or to an officer."


class SheetOfAnotherNotice(KairanError):
    slug = "sheet-of-another-notice"
    ja = "これは別の回覧の紙です。「紙が戻ってきました」をはじめから開いて、番号を入れてください。"
    en = "This sheet is of another circular. Open the page for returned sheets anew and enter its code."


class SheetOutdated(KairanError):
    slug = "sheet-outdated"
    ja = "この紙は、内容が直される前のものです。新しい紙を印刷して、もう一度回してください。"
    en = "This sheet was printed before the notice was changed and asked again. Print a new one and pass it round."


class SheetWithdrawn(KairanError):
    """`title`: of the notice it is of."""

    slug = "sheet-withdrawn"
    ja = "この回覧「{title}」は取り下げられました。記録はいりません。紙は集めて、捨ててください。"
    en = "The circular {title!r} was withdrawn. Nothing needs to be recorded: collect the sheet and throw it away."


class NotOnSheet(KairanError):
    slug = "not-on-sheet"
    ja = "この家は、その紙の回覧表にのっていません。「回る家」の一覧から記録してください。"
    en = "This home is not on the list of that sheet. Record it from the walking list."
