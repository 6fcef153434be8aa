"""Why a message did not arrive: a sentence a block leader understands for every slug there is."""

from collections.abc import Mapping
from typing import Final

# Facts, not plans: the state beside it says whether it will be tried again.
REASONS: Final[Mapping[str, str]] = {
    # mail
    "mailbox-unknown": "このメールアドレスは使われていません。",
    "mailbox-busy": "相手のメールボックスが一時的に受け取れませんでした。",
    "mailbox-refused": "相手のメールサーバーが受け取りを断りました。",
    "sender-refused": "こちらの差出人アドレスが受け付けられませんでした。市の担当者に知らせてください。",
    "content-refused": "メールサーバーが、この内容のメールを受け付けませんでした。",
    "server-busy": "メールサーバーが混みあっていて、受け取れませんでした。",
    "server-closing": "メールサーバーが休止中です。",
    "server-unreachable": "メールサーバーにつながりませんでした。",
    "server-hung-up": "送る途中で、メールサーバーとの接続が切れました。",
    "server-silent": "メールサーバーから時間内に返事がありませんでした。",
    "server-confused": "メールサーバーの返事が、きまりに合わないものでした。",
    "tls-missing": "メールサーバーが暗号化に応じないため、送りませんでした。",
    "tls-failed": "メールサーバーの暗号化の証明書を確かめられないため、送りませんでした。",
    "login-refused": "メールサーバーへのログインができませんでした。市の担当者に知らせてください。",
    "address-refused": "メールアドレスの形が正しくないため、送りませんでした。",
    "unanswered": "送り終えたあとに返事が途切れました。届いているかもしれません。",
    # mail that came back
    "came-back": "送ったメールが、届かずに戻ってきました。",
    "came-back-unknown": "送ったメールが「このアドレスは使われていない」と戻ってきました。アドレスを確かめてください。",
    "came-back-full": "送ったメールが「メールボックスがいっぱい」と戻ってきました。",
    "came-back-refused": "送ったメールが、相手のメールサーバーに断られて戻ってきました。",
    "bounced": "使われていないアドレスとして二度戻ってきたため、送りませんでした。新しいアドレスを聞いてください。",
    "bounced-softly": "メールが続けて届かないため、しばらく送るのを休んでいます。緊急のお知らせは送ります。",
    "complained": "迷惑メールとして届け出があったため、緊急のお知らせのほかは送りません。",
    # push
    "unsubscribed": "このスマートフォンの通知の登録がなくなっています。アプリを開くと登録しなおします。",
    "vapid": "通知サービスに、こちらの鍵が認められませんでした。市の担当者に知らせてください。",
    "vapid-origin": "通知サービスが、こちらの鍵をどのスマートフォンにも認めていません。市の担当者に知らせてください。",
    "our-fault": "こちらの送り方に誤りがありました。市の担当者に知らせてください。",
    "too-large": "通知が大きすぎて受け取られませんでした。",
    "slow-down": "通知サービスから、間をあけて送るように言われました。",
    "service-trouble": "通知サービスに一時的な不具合がありました。",
    "service-silent": "通知サービスから時間内に返事がありませんでした。",
    "service-unreachable": "通知サービスにつながりませんでした。",
    "redirected": "通知サービスが別の場所を示しましたが、安全のため送りませんでした。",
    "endpoint-refused": "通知の送り先が、許可された通知サービスではありません。",
    "keys-refused": "通知の登録情報がこわれています。アプリを開いて登録しなおしてください。",
    "unexpected-answer": "相手のサーバーから、思いがけない返事がありました。",
    # LINE
    "line-unknown": "このLINEには送れません。設定から、もう一度つなぎなおしてください。",
    "line-refused": "LINEに、こちらの鍵が認められませんでした。市の担当者に知らせてください。",
    "line-quota": "LINEで今月送れる数を使い切ったため、送れませんでした。",
    "line-blocked": "LINEで市のアカウントがブロックされているため、送れません。",
    # gateways
    "gateway-refused": "連携先の宛先が許可されていないため、送りませんでした。",
    "gateway-unreachable": "連携先につながりませんでした。",
    "gateway-silent": "連携先から時間内に返事がありませんでした。",
    "gateway-trouble": "連携先に受け取られませんでした。",
    "gateway-redirected": "連携先が別の場所を示しましたが、安全のため送りませんでした。",
    # the canary
    "canary-late": "試しの通信が、10分より遅れて届いています。",
    "canary-stuck": "試しの通信を送り出すのが、2分近くたっても終わりませんでした。",
    "canary-deaf": "通知サービスの受け取り口につながらず、試しの通知を受け取れませんでした。",
    "canary-unreadable": "試しの通知は届きましたが、中身を読めませんでした。",
    "line-webhook": "LINEから、こちらの受け口（Webhook）につながりませんでした。",
    # ours
    "lane-paused": "同じ送り先が休止中のため、少し待っています。",
    "crashed": "送る処理が途中で止まりました。",
    "withdrawn": "お知らせが取り下げられたため、送りませんでした。",
    "expired": "お知らせの期限が過ぎたため、送りませんでした。",
    "moved": "転出されたため、送りませんでした。",
    "stopped": "本人が受け取りを止めているため、送りませんでした。",
    "stopped-topic": "本人がこの分野のメールを止めているため、送りませんでした。",
    "address-changed": "送り先が変わったため、この送り先には送りませんでした。",
    "already-stamped": "すでに「読みました」が押されているため、送りませんでした。",
    "superseded": "訂正したものを送るため、古いほうは送りませんでした。",
    "held-too-long": "止めているあいだに1日以上たったため、送りませんでした。",
    "nobody": "受け取れる人が一人も見つかりません。名簿を確かめてから、続けるかどうか決めてください。",
    "far-more": "いつもの10倍をこえる数になるため、止めています。確かめてから、続けるかどうか決めてください。",
    "lease-lost": "ほかの処理が引きついだため、ここでは送りませんでした。",
}
