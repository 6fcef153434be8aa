// What a phone calls itself when it comes in.

import { isApple } from "../data/push.js";
import { words } from "../words/words.js";

export function deviceName() {
  const w = words.enrol.devices;
  if (/iPhone/.test(navigator.userAgent)) return w.iphone;
  if (isApple()) return w.ipad;
  return /Android/.test(navigator.userAgent) ? w.android : w.computer;
}
