// Writing: once, for everybody. Without a signal the notice waits in the outbox and goes out later by itself.

import { html, nothing } from "../screen.js";
import { go } from "../moving.js";
import { call, Trouble } from "../data/api.js";
import { press } from "../data/outbox.js";
import { all } from "../data/store.js";
import { run } from "../data/sync.js";
import { checkbox, radios } from "../parts/choice.js";
import { forecast } from "../parts/forecast.js";
import { copiedNote } from "../parts/copied.js";
import { writingFields } from "../parts/writing-fields.js";
import { WritingScreen } from "../parts/writing-screen.js";
import { dayTime } from "../read/days.js";
import { askForecast, isAbout, ofAudience, readForecast } from "../read/forecast.js";
import { readHats, workFor, worksFor } from "../read/hats.js";
import { officerOf, readMe } from "../read/me.js";
import { begun, blank, check, idempotencyKey, keep, wire } from "../read/writing.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

/** @typedef {import("../read/writing.js").Draft} Draft */
/** @typedef {{id: string, d: import("../types").Block}} BlockRow */

const w = words.write;

/** @extends {WritingScreen<Draft>} */
class Write extends WritingScreen {
  /** The association's name, for who writes for two. */
  of = "";
  /** @type {BlockRow[]} */
  blocks = [];
  /** @type {import("../read/forecast.js").Foreseen | null} */
  foreseen = null;

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

  /** @override @param {Draft} draft */
  wrongIn(draft) {
    return check(draft);
  }

  /** @override @param {Draft | null} draft */
  keep(draft) {
    return keep(draft ?? undefined);
  }

  /** @override @param {Draft} draft */
  empty({ association }) {
    return blank(association);
  }

  /** @override @param {Draft} draft @param {boolean} out or kept as a draft of the association */
  leave(draft, out) {
    return this.send({ ...wire(draft), publish: out });
  }

  /** @override @param {Draft} draft */
  form(draft) {
    const to = /** @type {const} */ (["all", "blocks"]).map((value) => ({ value, label: w.to[value] }));
    return html`<form novalidate @submit=${(/** @type {Event} */ e) => this.preview(e)}>
      ${copiedNote(draft)}
      ${this.kinds(draft)}
      ${this.urgencies(draft)}
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

  /** @override @param {Draft} draft */
  reaching(draft) {
    const names = this.blocks.filter(({ id }) => draft.blocks.includes(id)).map(({ d }) => d.name);
    return html`<p><b>${[this.of, w.goesTo(draft.to === "all" ? w.to.all : names.join(words.comma))].filter(Boolean).join(words.colon)}</b></p>
      ${this.foreseen ? this.forecast(this.foreseen, draft) : nothing}`;
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
