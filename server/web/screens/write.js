// Writing: once, for everybody. Without a signal the notice waits in the outbox and goes out later by itself.

import { html, nothing, Screen } from "../screen.js";
import { call, sentenceOf, Trouble } from "../data/api.js";
import { press } from "../data/outbox.js";
import { all } from "../data/store.js";
import { run } from "../data/sync.js";
import { giveUpAll } from "../data/uploads.js";
import { checkbox, radios } from "../parts/choice.js";
import { forecast } from "../parts/forecast.js";
import { copiedNote } from "../parts/copied.js";
import { firstWrong, writingFields } from "../parts/writing-fields.js";
import { formPreview } from "../parts/form-preview.js";
import { markdown } from "../parts/markdown.js";
import { dayOfWeek, dayTime } from "../read/days.js";
import { askForecast, isAbout, ofAudience, readForecast } from "../read/forecast.js";
import { readHats, workFor, worksFor } from "../read/hats.js";
import { officerOf, readMe } from "../read/me.js";
import { begun, blank, check, idempotencyKey, keep, wire } from "../read/writing.js";
import { go } from "../router.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

/** @typedef {import("../read/writing.js").Draft} Draft */
/** @typedef {{id: string, d: import("../types").Block}} BlockRow */

const w = words.write;

class Write extends Screen {
  /** @type {Draft | null} */
  draft = null;
  /** The association's name, for who writes for two. */
  of = "";
  /** @type {BlockRow[]} */
  blocks = [];
  /** @type {import("../read/writing.js").Errors} */
  errors = {};
  /** @type {import("../read/forecast.js").Foreseen | null} */
  foreseen = null;
  previewing = false;
  busy = false;
  trouble = "";

  /** @override */
  async load() {
    const me = await readMe();
    const mine = me ? officerOf(me) : [];
    if (!this.draft && mine.length > 0) await this.begin(mine, await worksFor(me));
    this.of = (await readHats(me)).find(({ id }) => id === this.draft?.association)?.name ?? "";
    /** @type {BlockRow[]} */
    const blocks = await all("blocks");
    this.blocks = blocks.filter(({ d }) => d.association === this.draft?.association);
    this.blocks.sort((a, b) => a.d.position - b.d.position);
    if (this.draft) this.foreseen = await readForecast(this.draft.association);
  }

  /** How things stand now; without a signal what was known last stays before the reader. @override */
  async arrived() {
    const { draft } = this;
    if (!draft) return;
    const foreseen = await askForecast(draft).catch(() => null);
    if (!foreseen || this.draft?.association !== draft.association) return;
    this.foreseen = foreseen;
    this.draw();
  }

  /** @param {Partial<Draft>} change */
  set(change) {
    if (!this.draft) return;
    this.draft = { ...this.draft, ...change };
    for (const name of Object.keys(change)) delete this.errors[/** @type {keyof typeof this.errors} */ (name)];
    keep(this.draft);
    this.draw();
  }

  /** What was begun for the other association goes on as its own: the top of the page says which. @param {string[]} mine @param {string} association */
  async begin(mine, association) {
    this.draft = await begun(mine, association);
    if (this.draft.association === association) return;
    await workFor(this.draft.association);
    this.hatChanged();
  }

  /** What is being written goes along. @override @param {string} association */
  async workFor(association) {
    if (this.draft) await keep({ ...this.draft, association, blocks: [] });
  }

  /** @param {Event} event */
  async preview(event) {
    event.preventDefault();
    if (!this.draft) return;
    this.errors = check(this.draft);
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

  /** @param {boolean} out or kept as a draft of the association, for whoever holds its seats */
  async publish(out) {
    if (!this.draft || this.busy) return;
    this.busy = true;
    this.trouble = "";
    this.draw();
    try {
      await this.send({ ...wire(this.draft), publish: out });
    } catch (error) {
      this.trouble = sentenceOf(error);
      this.busy = false;
      this.draw();
      await this.focusOn(".problem");
    }
  }

  /** @param {import("../types").Writing} writing */
  async send(writing) {
    const { association, ...body } = writing;
    try {
      const key = await idempotencyKey(writing);
      const notice = await call("POST", `/api/v1/associations/${association}/notices`, body, { "Idempotency-Key": key });
      await run();
      await this.finish(`/sent/${notice.id}`, body.publish ? w.accepted : words.finding.keptDraft);
    } catch (error) {
      if (!(error instanceof Trouble) || error.kind === "problem") throw error;
      // The same id: if only the answer was lost, the server knows the notice already.
      await press("submissions", writing.id, writing);
      await this.finish("/sent", body.publish ? w.waits : words.finding.keptLater);
    }
  }

  /** @param {string} path @param {string} sentence */
  async finish(path, sentence) {
    await keep(undefined);
    go(path);
    say(sentence);
  }

  async discard() {
    if (this.draft) await giveUpAll(this.draft.id);
    await keep(undefined);
    this.draft = blank(this.draft?.association ?? "");
    this.errors = {};
    await this.refresh();
    say(w.discarded);
    await this.focusOn("input");
  }

  /** @override */
  view() {
    if (!this.draft) return html`<p class="empty">${words.notOfficer}</p>`;
    return this.previewing ? this.check(this.draft) : this.form(this.draft);
  }

  /** @param {Draft} draft */
  form(draft) {
    const kinds = /** @type {const} */ (["circular", "notice"]).map((value) => ({ value, label: words.kinds[value], hint: w.kindHints[value] }));
    const to = /** @type {const} */ (["all", "blocks"]).map((value) => ({ value, label: w.to[value] }));
    const urgencies = /** @type {const} */ (["ordinary", "urgent"]).map((value) => ({ value, label: words.urgencies[value], hint: w.urgencyHints[value] }));
    return html`<form novalidate @submit=${(/** @type {Event} */ e) => this.preview(e)}>
      ${copiedNote(draft)}
      ${radios("kind", w.kind, kinds, draft.kind, (kind) => this.set({ kind }))}
      ${radios("urgency", w.urgency, urgencies, draft.urgency, (urgency) => this.set({ urgency }))}
      ${radios("to", w.audience, to, draft.to, (value) => this.set({ to: value }))}
      ${draft.to === "blocks" ? this.chooseBlocks(draft) : nothing}
      ${writingFields(draft, this.errors, (change) => this.set(change))}
      <p class="sub">${w.kept}</p>
      <button class="btn">${w.check}</button>
      <button type="button" class="btn plain" @click=${() => this.discard()}>${w.discard}</button>
    </form>`;
  }

  /** @param {Draft} draft */
  chooseBlocks({ blocks }) {
    return html`<fieldset id="blocks" tabindex="-1" aria-describedby=${this.errors.blocks ? "blocks-error" : ""}>
      <legend>${w.blocks}</legend>
      ${this.errors.blocks ? html`<p class="problem" id="blocks-error">${this.errors.blocks}</p>` : nothing}
      ${this.blocks.map(({ id, d }) => checkbox(d.name, blocks.includes(id), (on) => this.set({ blocks: on ? [...blocks, id] : blocks.filter((b) => b !== id) })))}
    </fieldset>`;
  }

  /** @param {Draft} draft */
  check(draft) {
    const names = this.blocks.filter(({ id }) => draft.blocks.includes(id)).map(({ d }) => d.name);
    return html`<p>${w.checkIntro}</p>
      <article class="card">
        <p class="kind"><b>${draft.urgency === "urgent" ? html`<span class="chip">${words.urgencies.urgent}</span> ` : nothing}${words.kinds[draft.kind]}</b>${draft.deadline ? html`<span class="due">${words.list.due(dayOfWeek(draft.deadline))}</span>` : nothing}</p>
        <h2 class="title" tabindex="-1">${draft.title}</h2>
        <div class="text">${markdown(draft.body)}</div>
        ${draft.files.map((f) => html`<p class="file"><b>${f.name}</b><span class="sub">${words.file.about(f.type, f.size)}</span></p>`)}
      </article>
      ${formPreview(draft.form)}
      <p><b>${[this.of, w.goesTo(draft.to === "all" ? w.to.all : names.join(words.comma))].filter(Boolean).join(words.colon)}</b></p>
      ${this.foreseen ? this.forecast(this.foreseen, draft) : nothing}
      ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      <div class="foot">
        <button class="btn" ?disabled=${this.busy} @click=${() => this.publish(true)}>${this.busy ? w.busy : w.publish}</button>
        <button class="btn plain" ?disabled=${this.busy} @click=${() => this.back()}>${w.change}</button>
      </div>
      <button class="btn plain" ?disabled=${this.busy} @click=${() => this.publish(false)}>${words.finding.keep}</button>`;
  }

  /** @param {import("../read/forecast.js").Foreseen} foreseen @param {Draft} draft */
  forecast(foreseen, draft) {
    const estimate = foreseen.at === "";
    const { at, before } = words.forecast;
    const note = estimate ? words.forecast.estimate : (isAbout(foreseen, draft) ? at : before)(dayTime(foreseen.at));
    return forecast(ofAudience(foreseen, draft), { estimate, note });
  }
}

customElements.define("k-write", Write);
