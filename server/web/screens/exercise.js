// 訓練: the same three presses, on a page of its own, from which nothing real can be sent; and how drills went, year on year.

import { html, nothing } from "../screen.js";
import { call } from "../data/api.js";
import { meta, setMeta } from "../data/store.js";
import { cityId } from "../read/circulars.js";
import { day } from "../read/days.js";
import { marked } from "../read/marks.js";
import { words } from "../words/words.js";
import { Sound } from "./alarm.js";

/** @typedef {import("../types").ExerciseFigures} Figures */

const w = words.alarm.figures;
/** Part of the homes, in words. @param {number} n @param {number} of */
const share = (n, of) => w.share(n, of > 0 ? Math.round((100 * n) / of) : 0);

/** @type {[string, (f: Figures) => string][]} */
const LINES = [
  [w.on, (f) => day(f.publishedAt)],
  [w.homes, (f) => words.households(f.households)],
  [w.handedOver, (f) => share(f.handedOver, f.households)],
  [w.answered, (f) => share(f.answered, f.households)],
  [w.halfHadIt, (f) => w.minutes(f.minutesToHandOver["50"] ?? null)],
  [w.mostHadIt, (f) => w.minutes(f.minutesToHandOver["90"] ?? null)],
  [w.halfAnswered, (f) => w.minutes(f.minutesToAnswer["50"] ?? null)],
];

class Exercise extends Sound {
  /** @type {import("../read/alarm.js").AlarmKind} @override */
  kind = "exercise";
  /** As they were last told. @type {{year: number, exercises: (Figures & {before: Figures | null})[]} | undefined} */
  figures;

  /** @override */
  async load() {
    await super.load();
    this.figures ??= await meta("exerciseFigures");
  }

  /** @override */
  async arrived() {
    await super.arrived();
    if (!this.speakers.some((s) => s.association === null)) return;
    const told = await call("GET", `/api/v1/cities/${await cityId()}/exercises`).catch(() => undefined);
    if (!told) return;
    this.figures = told;
    await setMeta("exerciseFigures", told, { quiet: true });
    this.draw();
  }

  /** @override */
  more() {
    const { figures } = this;
    if (!figures || figures.exercises.length === 0) return nothing;
    return html`<section><h2 class="title">${w.title(figures.year)}</h2><p class="sub">${w.how}</p>
      ${figures.exercises.map((each) => this.compared(each, figures.year))}</section>`;
  }

  /** @param {Figures & {before: Figures | null}} figures @param {number} year */
  compared({ before, ...now }, year) {
    return html`<table class="figures"><caption>${marked({ kind: "exercise", title: now.title })}</caption>
      <thead><tr><td></td><th scope="col">${w.year(year)}</th><th scope="col">${w.year(year - 1)}</th></tr></thead>
      <tbody>${LINES.map(([label, told]) => html`<tr><th scope="row">${label}</th><td>${told(now)}</td><td>${before ? told(before) : w.none}</td></tr>`)}</tbody></table>`;
  }
}

customElements.define("k-exercise", Exercise);
