// What is said around emergencies, exercises and languages.

export const alarm = {
  pinned: "いま出ている緊急のお知らせ",
  open: "開いて読む",
  from: (/** @type {string} */ at, /** @type {string} */ who) => (who ? `${at}　${who}から` : at),
  city: (/** @type {string} */ name) => `${name}から`,
  state: { notice: "", unread: "未読", again: "もう一度お読みください", read: "読みました" },
  says: {
    danger: "",
    drill: "これは訓練です。本当の災害ではありません。",
    over: "この緊急のお知らせは、解除されました。",
  },
  replaced: (/** @type {number} */ n) => `前のお知らせ${n}件にかわるものです。`,
  earlier: (/** @type {number} */ n) => `これまでのお知らせを見る（${n}件）`,
};

export const tongues = {
  label: "ことば・Language・语言・언어",
  names: /** @type {Record<string, string>} */ ({ "ja": "日本語", "ja-easy": "やさしい日本語", "en": "English", "zh": "中文", "ko": "한국어" }),
  prefer: "お知らせのことば（Language）",
  preferHow: "訳があるお知らせは、このことばで届きます。ないものは日本語で届きます。",
};
