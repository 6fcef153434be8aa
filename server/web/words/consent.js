// What one agrees to at enrolment: the newest version of notices/privacy/consent.py, word by word. A test holds that.

export const consent = {
  "version": "2026-11",
  "ja": [
    "会が持っているお名前・ご家庭・班と、このスマホの番号をむすびつけます。",
    "「読みました」を押したときだけ、ご家庭の印が会に届きます。開いただけでは何も送りません。",
    "回覧をまだ読んでいないご家庭の名前は、班長と役員に見えます。ご近所には見えません。だれがいつ見たかは、あなたも見られます。",
    "いつでも、ご自分の記録を受けとり、登録をやめ、記録を消すことができます。紙で受けとることもできます。",
  ],
};
