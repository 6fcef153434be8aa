// 緊急: open, choose a prepared text, send. Three presses from a phone; whom it reaches is said before the last.

import { html, nothing, Screen } from "../screen.js";
import { go } from "../moving.js";
import { sentenceOf } from "../data/api.js";
import { run } from "../data/sync.js";
import { alarmNumbers } from "../parts/alarm-numbers.js";
import { band } from "../parts/alarm.js";
import { field, radios } from "../parts/choice.js";
import { markdown } from "../parts/markdown.js";
import { whomBox } from "../parts/whom.js";
import { askNumbers, filled, keepUsual, nameOf, placeOf, PLACES, readAlarm, readSounded, readTemplates, sound, speakersOf, speaksFor, usual } from "../read/alarm.js";
import { askLoad } from "../read/circulars.js";
import { dayTime } from "../read/days.js";
import { marked } from "../read/marks.js";
import { readMe } from "../read/me.js";
import { langOf, TONGUES } from "../read/tongues.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

/** @typedef {import("../read/alarm.js").AlarmKind} AlarmKind */
/** @typedef {import("../read/alarm.js").Template} Template */
/** @typedef {import("../read/alarm.js").Whom} Whom */
/** @typedef {import("../types").Alarm} Alarm */

const w = words.alarm.write;
/** Written anew; it has no translations. @type {Omit<Template, "kind">} */
const OWN = { name: "", step: "first", topic: "disaster", fillIns: ["title", "body"], said: { ja: { title: "{title}", body: "{body}" } } };

export class Sound extends Screen {
  /** @type {AlarmKind} */
  kind = "emergency";
  /** @type {import("../read/alarm.js").Speaker[]} */
  speakers = [];
  /** @type {import("../read/alarm.js").Speaker | undefined} */
  speaker;
  /** @type {Template[]} */
  templates = [];
  /** @type {Record<string, string>} */
  labels = {};
  /** @type {Template | null} */
  template = null;
  /** @type {Record<string, string>} */
  values = {};
  /** @type {Whom} */
  whom = { to: "all", chosen: [] };
  /** @type {import("../read/alarm.js").Numbers | null} */
  numbers = null;
  /** @type {import("../types").LoadOfAssociation[] | null} */
  load_ = null;
  /** What this goes on with. @type {Alarm | null} */
  first = null;
  /** @type {Awaited<ReturnType<typeof readSounded>>} */
  sounded = [];
  loaded = false;
  busy = false;
  wanting = "";
  trouble = "";

  get step() {
    return /** @type {import("../types").Step} */ (this.params[1] ?? "first");
  }

  /** @override */
  async load() {
    const me = await readMe();
    this.speakers = me ? await speakersOf(me) : [];
    this.first = this.params[0] ? await readAlarm(this.params[0]) : null;
    if (this.first) this.speaker = this.speakers.find((s) => s.association === this.first?.association);
    else this.speaker ??= await speaksFor(me, this.speakers);
    this.sounded = await readSounded(this.kind, this.speakers);
    if (this.templates.length === 0 && this.speaker) await this.prepare(this.speaker);
    this.loaded = true;
  }

  /** @param {import("../read/alarm.js").Speaker} speaker */
  async prepare(speaker) {
    try {
      ({ labels: this.labels, templates: this.templates } = await readTemplates(this.kind, this.step));
    } catch {
      this.trouble = words.trouble.offline;
    }
    this.values = await usual(speaker);
    // What follows has one text: nothing is to be chosen.
    if (this.first) this.template = this.templates[0] ?? null;
  }

  /** @override */
  async arrived() {
    const { speaker } = this;
    if (!speaker || (this.first && this.first.association === null)) return;
    this.numbers = await askNumbers(this.kind, speaker, this.whom).catch(() => this.numbers);
    this.draw();
  }

  /** @param {Template | null} template */
  async choose(template) {
    this.template = template;
    this.trouble = "";
    this.wanting = "";
    this.draw();
    scrollTo(0, 0);
    await this.focusOn(template ? "h2" : "#prepared");
    await this.arrived();
  }

  /** @param {Whom} whom */
  async meant(whom) {
    this.whom = whom;
    this.numbers = null;
    this.draw();
    this.load_ ??= await askLoad().catch(() => null);
    if (whom.to === "all" || whom.chosen.length > 0) await this.arrived();
    this.draw();
  }

  async send() {
    const { speaker, template, first } = this;
    if (!speaker || !template || this.busy) return;
    this.wanting = template.fillIns.find((name) => !this.values[name]?.trim()) ?? "";
    const nobody = this.whom.to !== "all" && this.whom.chosen.length === 0;
    this.trouble = nobody ? words.city.chooseOne : "";
    this.draw();
    if (this.wanting) return this.focusOn(`#fill-${this.wanting}`);
    if (nobody) return;
    this.busy = true;
    this.draw();
    try {
      const { kind, step, whom } = this;
      const made = await sound({ kind, speaker, step, refersTo: first?.id ?? null, template: template.name || null, topic: template.topic, said: filled(template.said, this.values), whom });
      await keepUsual(this.values);
      await run();
      go(placeOf(made));
      say(made.state === "awaiting" ? w.asked : w.sent[kind]);
    } catch (error) {
      this.trouble = sentenceOf(error);
      this.busy = false;
      this.draw();
      await this.focusOn(".problem");
    }
  }

  /** @override */
  view() {
    if (!this.loaded) return nothing;
    const { speaker, template } = this;
    if (!speaker || (this.first && this.first.kind !== this.kind)) return html`<p class="empty">${w.notYours}</p>`;
    return template ? this.compose(template, speaker) : this.choice();
  }

  choice() {
    return html`${band({ kind: this.kind })}<p class="says">${w.intro[this.kind]}</p>
      ${this.speakers.length > 1 ? this.whose() : nothing}
      <h2 id="prepared" class="title" tabindex="-1">${w.choose}</h2>
      ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      <ul class="cards">${this.templates.map((t) => html`<li><button class="btn template ${this.kind}" @click=${() => this.choose(t)}>${nameOf(t)}</button></li>`)}
        <li><button class="btn plain template" @click=${() => this.choose({ ...OWN, kind: this.kind })}>${w.own}</button></li></ul>
      ${this.kind === "emergency" ? html`<p><a class="btn plain template" href=${PLACES["safety-check"]}>${w.toCheck}</a></p>` : nothing}
      ${this.out()} ${this.more()}`;
  }

  /** Below all else. @returns {unknown} */
  more() {
    return nothing;
  }

  whose() {
    const options = this.speakers.map(({ association, name }) => ({ value: association ?? "", label: name }));
    return radios("speaker", w.whose, options, this.speaker?.association ?? "", async (value) => {
      this.speaker = this.speakers.find((s) => (s.association ?? "") === value);
      this.whom = { to: "all", chosen: [] };
      this.numbers = null;
      if (this.speaker) this.values = await usual(this.speaker);
      this.draw();
    });
  }

  out() {
    if (this.sounded.length === 0) return nothing;
    return html`<h2 class="title">${w.out[this.kind]}</h2><ul class="cards">${this.sounded.slice(0, 20).map((n) => html`<li><a class="card" href=${placeOf(n)}>
      <span class="kind"><b>${words.city.states[n.newest.state]}${n.newest.step === "all-clear" ? `${words.dot}${w.over}` : ""}</b><span>${dayTime(n.publishedAt ?? n.createdAt)}</span></span>
      <span class="title">${marked(n.newest)}</span></a></li>`)}</ul>`;
  }

  /** @param {Template} template @param {import("../read/alarm.js").Speaker} speaker */
  compose(template, speaker) {
    const said = filled(template.said, this.values);
    const city = speaker.association === null;
    const homes = this.numbers?.households;
    const button = this.busy ? w.busy : city ? w.ask(homes) : w.send[this.kind](homes);
    return html`${band({ kind: this.kind, step: this.step })}
      ${this.numbers ? html`<p class="reach-of"><b>${w.homes(this.numbers.households, this.numbers.people)}</b></p>` : nothing}
      <h2 class="title" tabindex="-1">${marked({ kind: this.kind, step: this.step, title: said["ja"]?.title ?? "" })}</h2>
      <div class="text">${markdown(said["ja"]?.body ?? "")}</div>
      ${this.first ? html`<p class="sub">${w.follows(this.first.title)}</p>` : nothing}
      ${this.first && city ? nothing : alarmNumbers(this.numbers)}
      ${template.fillIns.map((name) => this.fillIn(name))}
      ${city && !this.first ? html`<details class="card" @toggle=${() => this.load_ ?? this.meant(this.whom)}><summary>${w.whom(this.whom.to, this.whom.chosen.length)}</summary>${whomBox(this.whom, this.load_, (whom) => this.meant(whom))}</details>` : nothing}
      ${this.others(said)}
      ${city ? html`<p class="sub">${w.second}</p>` : nothing}
      ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      <div class="foot"><button class="btn ${this.kind === "exercise" ? "" : "danger"}" ?disabled=${this.busy} @click=${() => this.send()}>${button}</button>
        ${this.first ? nothing : html`<button data-back class="btn plain" ?disabled=${this.busy} @click=${() => this.choose(null)}>${w.back}</button>`}</div>`;
  }

  /** @param {string} name */
  fillIn(name) {
    const set = (/** @type {Event} */ e) => {
      this.values = { ...this.values, [name]: /** @type {HTMLInputElement} */ (e.target).value };
      this.draw();
    };
    const label = this.labels[name] ?? w.fields[name] ?? name;
    const error = this.wanting === name ? w.missing(label) : "";
    return field({ id: `fill-${name}`, label, error }, (described, invalid) =>
      name === "body" || name === "news"
        ? html`<textarea id="fill-${name}" rows="4" required .value=${this.values[name] ?? ""} @input=${set} aria-describedby=${described} aria-invalid=${invalid}></textarea>`
        : html`<input id="fill-${name}" required maxlength="80" .value=${this.values[name] ?? ""} @input=${set} aria-describedby=${described} aria-invalid=${invalid} />`);
  }

  /** @param {import("../read/alarm.js").Said} said */
  others(said) {
    const tongues = TONGUES.filter((tongue) => tongue !== "ja" && said[tongue]);
    if (tongues.length === 0) return html`<p class="sub">${w.onlyJapanese}</p>`;
    return html`<details class="card"><summary>${w.others(tongues.length)}</summary>
      ${tongues.map((tongue) => html`<section lang=${langOf(tongue)}><h3>${words.tongues.names[tongue]}</h3>
        <p><b>${marked({ kind: this.kind, step: this.step, title: said[tongue]?.title ?? "" }, tongue)}</b></p><div class="text">${markdown(said[tongue]?.body ?? "")}</div></section>`)}</details>`;
  }
}

class AskSafety extends Sound {
  /** @type {AlarmKind} @override */
  kind = "safety-check";
}

customElements.define("k-alarm", Sound);
customElements.define("k-ask-safety", AskSafety);
