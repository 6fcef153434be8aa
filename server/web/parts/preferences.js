// How one wishes to be told: at once or bundled, quiet at night, which topics. Each choice is kept at once, offline too.

import { html, nothing, Screen } from "../screen.js";
import { readMe } from "../read/me.js";
import { over, prefer, readPreferences } from "../read/preferences.js";
import { speak, TONGUES } from "../read/tongues.js";
import { TOPICS } from "../read/writing.js";
import { say } from "../say.js";
import { words } from "../words/words.js";
import { checkbox, field, radios } from "./choice.js";

/** @typedef {import("../types").Preferences} Wishes */

const w = words.preferences;
const NIGHT = { from: "22:00", to: "06:30" };
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const TIMES = HOURS.flatMap((hour) => ["00", "30"].map((minute) => `${String(hour).padStart(2, "0")}:${minute}`));

/** @param {Event} event */
const valueOf = (event) => /** @type {HTMLInputElement} */ (event.target).value;

class PreferencesBox extends Screen {
  /** @type {import("../types").Me | null} */
  me = null;
  /** @type {Wishes | null} */
  wishes = null;
  keeping = 0;
  kept = 0;

  /** What was read before a press was kept does not take it back. @override */
  async load() {
    const { kept } = this;
    this.me = await readMe();
    const wishes = this.me && (await readPreferences(this.me));
    if (this.keeping === 0 && this.kept === kept) this.wishes = wishes;
  }

  /** @param {Partial<Wishes>} change */
  async keep(change) {
    if (!this.me || !this.wishes) return;
    this.wishes = over(this.wishes, change); // the next press may come before what was kept is read again
    this.keeping += 1;
    try {
      await prefer(this.me, change);
    } finally {
      this.keeping -= 1;
      this.kept += 1;
    }
    say(w.kept);
    await this.refresh();
  }

  /** @param {Partial<Wishes["digest"]>} change */
  bundle(change) {
    if (this.wishes) return this.keep({ digest: { ...this.wishes.digest, ...change } });
  }

  /** @override */
  view() {
    const { me, wishes } = this;
    if (!me || !wishes) return nothing;
    return html`<section class="card" id="preferences">
      <h2>${w.title}</h2>
      <p>${w.how}</p>
      ${this.tongue(wishes)} ${this.when(wishes)} ${this.quiet(wishes)} ${this.topics(wishes)} ${this.area(me, wishes)}
    </section>`;
  }

  /** Also of what is read here from now on. @param {Wishes} wishes */
  tongue({ locale }) {
    const choose = async (/** @type {Event} */ e) => {
      await speak(valueOf(e));
      await this.keep({ locale: valueOf(e) });
    };
    return field({ id: "tongue", label: words.tongues.prefer, hint: words.tongues.preferHow }, (described) =>
      html`<select id="tongue" aria-describedby=${described} @change=${choose}>
        ${TONGUES.map((tongue) => html`<option value=${tongue} ?selected=${tongue === locale}>${words.tongues.names[tongue]}</option>`)}
      </select>`);
  }

  /** @param {Wishes} wishes */
  when({ digest }) {
    const choices = /** @type {const} */ (["now", "daily", "weekly"]).map((value) => ({ value, ...w.every[value] }));
    return html`${radios("digest", w.when, choices, digest.every, (every) => this.bundle({ every }))}
      ${digest.every === "weekly" ? field({ id: "digest-day", label: w.day }, () =>
        html`<select id="digest-day" @change=${(/** @type {Event} */ e) => this.bundle({ day: Number(valueOf(e)) })}>
          ${w.days.map((name, day) => html`<option value=${day} ?selected=${day === digest.day}>${name}</option>`)}
        </select>`) : nothing}
      ${digest.every === "now" ? nothing : field({ id: "digest-hour", label: w.hour }, () =>
        html`<select id="digest-hour" @change=${(/** @type {Event} */ e) => this.bundle({ hour: Number(valueOf(e)) })}>
          ${HOURS.map((hour) => html`<option value=${hour} ?selected=${hour === digest.hour}>${w.oclock(hour)}</option>`)}
        </select>`)}`;
  }

  /** @param {Wishes} wishes */
  quiet({ quietHours }) {
    return html`<fieldset><legend>${w.quiet}</legend>
      ${checkbox(w.quietOn, quietHours !== null, (on) => this.keep({ quietHours: on ? NIGHT : null }))}
    </fieldset>
    ${quietHours === null ? nothing : html`<p class="sub">${w.quietHow}</p>${this.time("from", w.from, quietHours)} ${this.time("to", w.to, quietHours)}`}`;
  }

  /** @param {"from" | "to"} side @param {string} label @param {{from: string, to: string}} hours */
  time(side, label, hours) {
    const set = (/** @type {Event} */ e) => this.keep({ quietHours: { ...(this.wishes?.quietHours ?? hours), [side]: valueOf(e) } });
    return field({ id: `quiet-${side}`, label }, () => html`<select id="quiet-${side}" @change=${set}>
      ${[...new Set([...TIMES, hours[side]])].sort().map((time) => html`<option value=${time} ?selected=${time === hours[side]}>${w.time(time)}</option>`)}
    </select>`);
  }

  /** @param {Wishes} wishes */
  topics({ topics }) {
    return html`<fieldset><legend>${w.topics}</legend>
      ${TOPICS.map((topic) => checkbox(words.topics[topic], topics[topic] !== false, (on) => this.keep({ topics: { [topic]: on } })))}
    </fieldset>`;
  }

  /** Only who has homes in two associations has something to choose. @param {import("../types").Me} me @param {Wishes} wishes */
  area({ homes }, { area }) {
    const names = new Map(homes.map((h) => [h.association, h.associationName]));
    if (names.size < 2) return nothing;
    const choices = [{ value: "", label: w.bothAreas }, ...[...names].map(([value, label]) => ({ value, label }))];
    return radios("area", w.area, choices, area ?? "", (value) => this.keep({ area: value || null }));
  }
}

customElements.define("k-preferences", PreferencesBox);
