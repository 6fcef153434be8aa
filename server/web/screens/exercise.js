// 訓練: the same three presses, on a page of its own, from which nothing real can be sent.

import { Sound } from "./alarm.js";

class Exercise extends Sound {
  /** @type {import("../read/alarm.js").AlarmKind} @override */
  kind = "exercise";
}

customElements.define("k-exercise", Exercise);
