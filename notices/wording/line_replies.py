"""PURE: what the official account on LINE answers when somebody writes to it."""

from collections.abc import Mapping
from typing import Final

REPLIES: Final[Mapping[str, str]] = {
    "linked": "{name}さん、つながりました。これから町内会のお知らせをLINEでもお送りします。\n"
    "やめるときは、「回覧」の設定で「LINEでの受け取りをやめる」を押してください。",
    "refused": "この番号は使えません。「回覧」の設定で「LINEで受け取る」を押して、新しい番号を送ってください。",
    "tries": "まちがいが続いたため、しばらく受け付けません。{minutes}分ほど待ってから、もう一度お送りください。",
    "welcome": "友だち追加ありがとうございます。町内会のお知らせをここで受け取るには、"
    "「回覧」の設定で「LINEで受け取る」を押し、出てきた数字6けたを送ってください。",
    "back": "おかえりなさい。町内会のお知らせを、またここへお送りします。",
    "how": "ここは、町内会のお知らせをお送りするための窓口です。お返事はできません。\n"
    "お知らせをここで受け取るには、「回覧」の設定で「LINEで受け取る」を押し、出てきた数字6けたを送ってください。",
}
