"""Names for an invented town. Surnames and given names are common ones; nobody is meant.

Each entry: as written, in kana, in Latin letters (for mail addresses).
"""

from typing import Final

Name = tuple[str, str, str]


def _names(text: str) -> list[Name]:
    words = text.split()
    return list(zip(words[::3], words[1::3], words[2::3], strict=True))


SURNAMES: Final = _names("""
佐藤 さとう sato 鈴木 すずき suzuki 高橋 たかはし takahashi 田中 たなか tanaka 渡辺 わたなべ watanabe
伊藤 いとう ito 中村 なかむら nakamura 小林 こばやし kobayashi 山本 やまもと yamamoto 加藤 かとう kato
吉田 よしだ yoshida 山田 やまだ yamada 佐々木 ささき sasaki 山口 やまぐち yamaguchi 松本 まつもと matsumoto
井上 いのうえ inoue 木村 きむら kimura 斎藤 さいとう saito 清水 しみず shimizu 林 はやし hayashi
阿部 あべ abe 池田 いけだ ikeda 橋本 はしもと hashimoto 山崎 やまざき yamazaki 石川 いしかわ ishikawa
森 もり mori 前田 まえだ maeda 藤田 ふじた fujita 小川 おがわ ogawa 岡田 おかだ okada
後藤 ごとう goto 長谷川 はせがわ hasegawa 村上 むらかみ murakami 近藤 こんどう kondo 石井 いしい ishii
遠藤 えんどう endo 青木 あおき aoki 坂本 さかもと sakamoto 藤井 ふじい fujii 西村 にしむら nishimura
福田 ふくだ fukuda 太田 おおた ota 三浦 みうら miura 岡本 おかもと okamoto 松田 まつだ matsuda
中川 なかがわ nakagawa 中野 なかの nakano 原田 はらだ harada 小野 おの ono 竹内 たけうち takeuchi
金子 かねこ kaneko 和田 わだ wada 中山 なかやま nakayama 石田 いしだ ishida 上田 うえだ ueda
森田 もりた morita 柴田 しばた shibata 酒井 さかい sakai 横山 よこやま yokoyama 宮崎 みやざき miyazaki
内田 うちだ uchida 高木 たかぎ takagi 安藤 あんどう ando 谷口 たにぐち taniguchi 大野 おおの ono
今井 いまい imai 丸山 まるやま maruyama 河野 こうの kono 藤原 ふじわら fujiwara 小島 こじま kojima
武田 たけだ takeda 村田 むらた murata 上野 うえの ueno 杉山 すぎやま sugiyama 増田 ますだ masuda
菅原 すがわら sugawara 平野 ひらの hirano 大塚 おおつか otsuka 千葉 ちば chiba 久保 くぼ kubo
松井 まつい matsui 岩崎 いわさき iwasaki 桜井 さくらい sakurai 野口 のぐち noguchi 木下 きのした kinoshita
野村 のむら nomura 佐野 さの sano 菊地 きくち kikuchi 渡部 わたなべ watanabe 新井 あらい arai
花井 はない hanai 水野 みずの mizuno 梅木 うめき umeki 早苗 さなえ sanae 榎本 えのもと enomoto
髙橋 たかはし takahashi 岩﨑 いわさき iwasaki 澤田 さわだ sawada 渡邉 わたなべ watanabe 廣瀬 ひろせ hirose
""")

RARE_SURNAMES: Final = _names("𠮷田 よしだ yoshida 𠮷川 よしかわ yoshikawa")
"""Beyond the characters of Shift_JIS."""

OLD_MEN: Final = _names("""
清 きよし kiyoshi 実 みのる minoru 進 すすむ susumu 正 ただし tadashi 茂 しげる shigeru 勝 まさる masaru
三郎 さぶろう saburo 昭 あきら akira 弘 ひろし hiroshi 博 ひろし hiroshi 勇 いさむ isamu 正雄 まさお masao
和夫 かずお kazuo 義雄 よしお yoshio 昭一 しょういち shoichi 武 たけし takeshi 一郎 いちろう ichiro 修 おさむ osamu
健一 けんいち kenichi 隆 たかし takashi 信夫 のぶお nobuo 敏夫 としお toshio 幸男 ゆきお yukio 忠 ただし tadashi
""")
OLD_WOMEN: Final = _names("""
和子 かずこ kazuko 幸子 さちこ sachiko 節子 せつこ setsuko 洋子 ようこ yoko 恵子 けいこ keiko 文子 ふみこ fumiko
千代子 ちよこ chiyoko 久子 ひさこ hisako 美代子 みよこ miyoko 京子 きょうこ kyoko 弘子 ひろこ hiroko 光子 みつこ mitsuko
悦子 えつこ etsuko 静子 しずこ shizuko キヨ きよ kiyo ハル はる haru トシ子 としこ toshiko 信子 のぶこ nobuko
順子 じゅんこ junko 典子 のりこ noriko 良子 よしこ yoshiko 勝子 かつこ katsuko 君子 きみこ kimiko 八重 やえ yae
""")
MEN: Final = _names("""
誠 まこと makoto 浩二 こうじ koji 達也 たつや tatsuya 大輔 だいすけ daisuke 健太 けんた kenta 拓也 たくや takuya
直樹 なおき naoki 剛 つよし tsuyoshi 哲也 てつや tetsuya 学 まなぶ manabu 亮 りょう ryo 翔太 しょうた shota
智 さとし satoshi 洋介 ようすけ yosuke 雄一 ゆういち yuichi 光 ひかる hikaru
""")
WOMEN: Final = _names("""
由美 ゆみ yumi 真由美 まゆみ mayumi 明美 あけみ akemi 久美子 くみこ kumiko 智子 ともこ tomoko 裕子 ゆうこ yuko
陽子 ようこ yoko 香織 かおり kaori 恵 めぐみ megumi 愛 あい ai 麻衣 まい mai 彩 あや aya
舞 まい mai 千夏 ちなつ chinatsu 美穂 みほ miho 奈々 なな nana
""")
BOYS: Final = _names("""
蓮 れん ren 陽翔 はると haruto 湊 みなと minato 悠真 ゆうま yuma 樹 いつき itsuki 大和 やまと yamato
朝陽 あさひ asahi 颯太 そうた sota 律 りつ ritsu 蒼 あお ao
""")
GIRLS: Final = _names("""
陽葵 ひまり himari 凛 りん rin 結菜 ゆいな yuina 芽依 めい mei 咲良 さくら sakura 葵 あおい aoi
紬 つむぎ tsumugi 莉子 りこ riko 澪 みお mio 花 はな hana
""")
