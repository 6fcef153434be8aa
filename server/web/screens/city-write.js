// Writing for the city: to whom, what, and before it goes out what these associations already got this month.

import { html, nothing, Screen } from "../screen.js";
import { sentenceOf } from "../data/api.js";
import { run } from "../data/sync.js";
import { giveUpAll } from "../data/uploads.js";
import { alarmNumbers } from "../parts/alarm-numbers.js";
import { checkbox, radios } from "../parts/choice.js";
import { copiedNote } from "../parts/copied.js";
import { formPreview } from "../parts/form-preview.js";
import { markdown } from "../parts/markdown.js";
import { firstWrong, writingFields } from "../parts/writing-fields.js";
import { askLoad, askReach, begun, blank, checkDraft, chosenOf, draftOf, keep, leave, readOneOfCity } from "../read/circulars.js";
import { dayOfWeek } from "../read/days.js";
import { isClerk, readMe } from "../read/me.js";
import { go } from "../router.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

/** @typedef {import("../read/circulars.js").CityDraft} CityDraft */
/** @typedef {import("../types").LoadOfAssociation} Load */

const w = words.city;

class CityWrite extends Screen {
  /** @type {CityDraft | null} */
  draft = null;
  /** @type {Load[] | null} */
  load_ = null;
  /** Whom the draft before the reader would reach. @type {import("../read/circulars.js").Numbers | null} */
  numbers = null;
  /** The numbers were asked for in vain. */
  offline = false;
  /** @type {import("../read/writing.js").Errors} */
  errors = {};
  previewing = false;
  busy = false;
  trouble = "";

  /** @override */
  async load() {
    const me = await readMe();
    if (me && isClerk(me)) this.draft ??= await this.begin(this.params[0]);
  }

  /** A draft of the city hall, or what was begun on this phone. @param {string | undefined} id */
  async begin(id) {
    if (!id) return begun();
    const it = await readOneOfCity(id);
    return it?.state === "draft" ? draftOf(it) : null;
  }

  /** What the city hall keeps is not kept on one phone as well. @param {CityDraft} draft */
  async hold(draft) {
    if (draft.revision === undefined) await keep(draft);
  }

  /** @override */
  async arrived() {
    const { draft } = this;
    if (!draft) return;
    this.load_ = await askLoad().catch(() => this.load_);
    if (this.previewing) {
      const chosen = draft.to === "all" ? [] : draft[draft.to];
      this.numbers = await askReach({ to: draft.to, chosen }, "ordinary").catch(() => null);
      this.offline = !this.numbers;
    }
    this.draw();
  }

  /** @param {Partial<CityDraft>} change */
  set(change) {
    if (!this.draft) return;
    this.draft = { ...this.draft, ...change };
    for (const name of Object.keys(change)) delete this.errors[/** @type {keyof typeof this.errors} */ (name)];
    delete this.errors.blocks;
    this.numbers = null;
    this.hold(this.draft);
    this.draw();
  }

  /** @param {Event} event */
  async preview(event) {
    event.preventDefault();
    if (!this.draft) return;
    this.errors = checkDraft(this.draft);
    const wrong = firstWrong(this.errors);
    this.previewing = !wrong;
    this.draw();
    await this.focusOn(wrong ? `#${wrong}` : "h2");
    if (wrong) return;
    scrollTo(0, 0);
    await this.arrived();
  }

  async back() {
    this.previewing = false;
    this.draw();
    await this.focusOn("#title");
  }

  /** @param {boolean} out before a second person, or kept at the city hall for whoever works there */
  async publish(out) {
    if (!this.draft || this.busy) return;
    this.busy = true;
    this.trouble = "";
    this.draw();
    try {
      const id = await leave(this.draft, out);
      await run();
      if (this.draft.revision === undefined) await keep(undefined);
      go(`/city/${id}`);
      say(out ? w.accepted : w.keptDraft);
    } catch (error) {
      this.trouble = sentenceOf(error);
      this.busy = false;
      this.draw();
      await this.focusOn(".problem");
    }
  }

  async discard() {
    if (this.draft) await giveUpAll(this.draft.id);
    await keep(undefined);
    this.draft = blank();
    this.errors = {};
    await this.refresh();
    say(w.discarded);
    await this.focusOn("input");
  }

  /** @override */
  view() {
    if (!this.draft) return html`<p class="empty">${w.notClerk}</p>`;
    return this.previewing ? this.check(this.draft) : this.form(this.draft);
  }

  /** @param {CityDraft} draft */
  form(draft) {
    const kinds = /** @type {const} */ (["circular", "notice"]).map((value) => ({ value, label: words.kinds[value], hint: words.write.kindHints[value] }));
    const to = /** @type {const} */ (["all", "districts", "associations"]).map((value) => ({ value, label: w.to[value] }));
    const urgencies = /** @type {const} */ (["ordinary", "urgent"]).map((value) => ({ value, label: words.urgencies[value], hint: words.write.urgencyHints[value] }));
    const begun = draft.revision !== undefined;
    return html`<form novalidate @submit=${(/** @type {Event} */ e) => this.preview(e)}>
      ${copiedNote(/** @type {any} */ (draft))}
      ${radios("to", w.audience, to, draft.to, (value) => this.set({ to: value }))}
      ${draft.to === "all" ? nothing : this.choose(draft)}
      ${begun ? nothing : radios("kind", words.write.kind, kinds, draft.kind, (kind) => this.set({ kind }))}
      ${radios("urgency", words.write.urgency, urgencies, draft.urgency, (urgency) => this.set({ urgency }))}
      ${writingFields({ ...draft, association: "", to: "all", blocks: [] }, this.errors, (change) => this.set(/** @type {Partial<CityDraft>} */ (change)))}
      ${begun ? nothing : html`<p class="sub">${words.write.kept}</p>`}
      <button class="btn">${w.check}</button>
      ${begun ? html`<a class="btn plain" href="/city/${draft.id}">${words.keep}</a>` : html`<button type="button" class="btn plain" @click=${() => this.discard()}>${words.write.discard}</button>`}
    </form>`;
  }

  /** @param {CityDraft} draft */
  choose(draft) {
    const { to, districts, associations } = draft;
    const load = this.load_;
    if (!load) return html`<p class="empty" id="blocks" tabindex="-1">${w.loading}</p>`;
    const toggled = (/** @type {string[]} */ list, /** @type {string} */ id, /** @type {boolean} */ on) => (on ? [...list, id] : list.filter((each) => each !== id));
    const names = [...new Set(load.map((l) => l.district))];
    return html`<fieldset id="blocks" tabindex="-1" aria-describedby=${this.errors.blocks ? "blocks-error" : ""}>
      <legend>${to === "districts" ? w.districts : w.choose}</legend>
      ${this.errors.blocks ? html`<p class="problem" id="blocks-error">${this.errors.blocks}</p>` : nothing}
      ${to === "districts"
        ? names.map((name) => checkbox(name || w.noDistrict, districts.includes(name), (on) => this.set({ districts: toggled(districts, name, on) })))
        : load.map((l) => checkbox(`${l.name}　${w.load(l.city, l.own)}`, associations.includes(l.association), (on) => this.set({ associations: toggled(associations, l.association, on) })))}
    </fieldset>`;
  }

  /** @param {CityDraft} draft */
  check(draft) {
    return html`<p>${w.checkIntro}</p>
      <article class="card">
        <p class="kind"><b>${draft.urgency === "urgent" ? html`<span class="chip">${words.urgencies.urgent}</span> ` : nothing}${words.kinds[draft.kind]}</b>${draft.deadline ? html`<span class="due">${words.list.due(dayOfWeek(draft.deadline))}</span>` : nothing}</p>
        <h2 class="title" tabindex="-1">${draft.title}</h2>
        <div class="text">${markdown(draft.body)}</div>
        ${draft.files.map((f) => html`<p class="file"><b>${f.name}</b><span class="sub">${words.file.about(f.type, f.size)}</span></p>`)}
      </article>
      ${formPreview(draft.form)}
      ${alarmNumbers(this.numbers, { waits: this.offline ? w.noNumbers : w.counting })}
      ${this.load_ ? this.burden(chosenOf(draft, this.load_)) : nothing}
      ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      <div class="foot">
        <button class="btn" ?disabled=${this.busy || !this.numbers} @click=${() => this.publish(true)}>${this.busy ? w.busy : w.send}</button>
        <button data-back class="btn plain" ?disabled=${this.busy} @click=${() => this.back()}>${w.change}</button>
      </div>
      <button class="btn plain" ?disabled=${this.busy} @click=${() => this.publish(false)}>${w.keep}</button>`;
  }

  /** @param {Load[]} chosen */
  burden(chosen) {
    const homes = chosen.reduce((sum, l) => sum + l.households, 0);
    const itself = chosen.filter((l) => l.forwardsByItself).length;
    const sorted = [...chosen].sort((a, b) => b.city + b.own - a.city - a.own);
    const [most] = sorted;
    return html`<section class="card" aria-label=${w.loadTitle}>
      <p><b>${w.loadAll(chosen.length, homes)}</b></p>
      ${itself > 0 ? html`<p>${w.loadItself(itself)}</p>` : nothing}
      <h3>${w.loadTitle}</h3>
      ${most && most.city + most.own > 0 ? html`<p>${w.loadMost(most.name, most.city + most.own)}</p>` : nothing}
      <details><summary>${w.loadEach}</summary><ul class="rows">${sorted.map((l) => html`<li>
        <p class="kind"><b>${l.name}</b><span>${w.load(l.city, l.own)}</span></p>
        ${l.blocks.map((b) => html`<p class="sub">${w.blockLoad(b.name, b.notices)}</p>`)}
      </li>`)}</ul></details>
    </section>`;
  }
}

customElements.define("k-city-write", CityWrite);
