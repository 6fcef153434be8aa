// What stands first, in each language: notices/wording/marks.py has the same tables, and a test compares them.

/** @type {Record<string, Record<string, string>>} */
export const MARKS = {
  "exercise": { "ja": "【訓練】", "ja-easy": "【訓練】", "en": "[DRILL] ", "zh": "【演练】", "ko": "【훈련】" },
  "emergency": { "ja": "【緊急】", "ja-easy": "【緊急】", "en": "[EMERGENCY] ", "zh": "【紧急】", "ko": "【긴급】" },
  "safety-check": { "ja": "【安否確認】", "ja-easy": "【安否確認】", "en": "[SAFETY CHECK] ", "zh": "【安全确认】", "ko": "【안부 확인】" },
};

/** @type {Record<string, Record<string, string>>} */
export const STEPS = {
  "update": { "ja": "【続報】", "ja-easy": "【続報】", "en": "[UPDATE] ", "zh": "【后续】", "ko": "【후속】" },
  "all-clear": { "ja": "【解除】", "ja-easy": "【解除】", "en": "[ALL CLEAR] ", "zh": "【解除】", "ko": "【해제】" },
};
