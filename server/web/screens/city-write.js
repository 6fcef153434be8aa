// Writing for the city: to whom, what, and before it goes out what these associations already got this month.

import { html, nothing } from "../screen.js";
import { go } from "../moving.js";
import { newId } from "../data/ids.js";
import { run } from "../data/sync.js";
import { alarmNumbers } from "../parts/alarm-numbers.js";
import { burden } from "../parts/burden.js";
import { whomLine } from "../parts/alarm-whom.js";
import { checkbox, radios } from "../parts/choice.js";
import { copiedNote } from "../parts/copied.js";
import { askFor, gone, lookAgain, meanwhile } from "../parts/meanwhile.js";
import { writingFields } from "../parts/writing-fields.js";
import { WritingScreen } from "../parts/writing-screen.js";
import { askLoad, askReach, begun, blank, checkDraft, chosenOf, draftOf, keep, leave, readOneOfCity, whomIn, whomOf } from "../read/circulars.js";
import { isClerk, readMe } from "../read/me.js";
import { hasBegun } from "../read/writing.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

/** @typedef {import("../read/circulars.js").CityDraft} CityDraft */
/** @typedef {import("../types").CityCircular} CityCircular */
/** @typedef {import("../types").LoadOfAssociation} Load */

const w = words.city;

/** @extends {WritingScreen<CityDraft>} */
class CityWrite extends WritingScreen {
  /** @override */
  notYours = w.notClerk;
  /** @override */
  discarded = w.discarded;
  /** @type {Load[] | null} */
  load_ = null;
  /** Whom the draft before the reader would reach. @type {import("../read/circulars.js").Numbers | null} */
  numbers = null;
  /** The numbers were asked for in vain. */
  offline = false;
  clerk = false;
  /** What became of a draft that is none any more; null: nobody knows. @type {CityCircular | null} */
  became = null;
  asked = false;
  /** What a colleague has made of it meanwhile. @type {import("../parts/meanwhile.js").There | null} */
  there = null;

  /** @override */
  async load() {
    const me = await readMe();
    this.clerk = Boolean(me && isClerk(me));
    if (this.clerk) this.draft ??= await this.begin(this.params[0]);
  }

  /** A draft of the city hall, or what was begun on this phone. @param {string | undefined} id */
  async begin(id) {
    if (!id) return begun();
    const it = await readOneOfCity(id);
    return it?.state === "draft" ? draftOf(it) : null;
  }

  /** Not a draft on this phone: the city hall knows what it is. @param {string} id */
  async ask(id) {
    const it = await askFor(id).catch(() => readOneOfCity(id));
    if (it?.state === "draft") this.draft ??= draftOf({ ...it, circular: id });
    Object.assign(this, { became: it, asked: true });
    this.draw();
  }

  /** The phone may not have heard of it yet; what is being typed stays, and the save will tell. @param {string} id @param {CityDraft} draft */
  async renew(id, draft) {
    const it = await askFor(id).catch(() => null);
    const { draft: now } = this;
    if (!it || now !== draft) return;
    if (it.state !== "draft") Object.assign(this, { draft: null, became: it, asked: true });
    else if (it.revision > (draft.revision ?? 0)) this.draft = draftOf({ ...it, circular: id });
  }

  /** @override */
  missing() {
    if (!this.clerk) return super.missing();
    return !this.asked ? nothing : gone(this.became, { page: `/city/${this.params[0]}`, list: "/city" });
  }

  /** Who presses again has seen it. @override @param {unknown} error @param {CityDraft} draft */
  async refused(error, draft) {
    const { id, revision } = draft;
    if (revision === undefined) return false;
    this.there = await lookAgain(error, id, { revision, state: "draft" });
    if (this.there?.state === "draft") this.draft = { ...draft, revision: this.there.revision };
    return this.there !== null;
  }

  /** @override @param {CityDraft} draft */
  aside(draft) {
    const { there } = this;
    if (!there) return nothing;
    const whom = whomLine(whomOf(/** @type {any} */ (there.audience)), { blocks: [], load: this.load_ });
    return meanwhile(there, { was: "draft", whom, page: `/city/${there.id}`, take: () => this.take(there), anew: () => this.anew(draft) });
  }

  /** @param {import("../parts/meanwhile.js").There} there */
  async take(there) {
    Object.assign(this, { there: null, previewing: false, numbers: null, draft: draftOf(/** @type {any} */ ({ ...there, circular: there.id })) });
    this.draw();
    await this.focusOn("#title");
  }

  /** @param {CityDraft} draft */
  async anew(draft) {
    if (await hasBegun("writingForCity")) return say(words.strips.begun);
    await keep({ ...draft, id: newId(), revision: undefined });
    go("/city/write");
  }

  /** What the city hall keeps is not kept on one phone as well. @override @param {CityDraft | null} draft */
  async keep(draft) {
    if (draft?.revision === undefined) await keep(draft ?? undefined);
  }

  /** @override @param {CityDraft} draft */
  wrongIn(draft) {
    return checkDraft(draft);
  }

  /** @override */
  empty() {
    return blank();
  }

  /** @override */
  async arrived() {
    const { draft } = this;
    const [id] = this.params;
    if (!draft) return this.clerk && id ? this.ask(id) : undefined;
    if (id && !this.previewing) await this.renew(id, draft);
    this.load_ = await askLoad().catch(() => this.load_);
    if (this.previewing) {
      this.numbers = await askReach(whomIn(draft), "ordinary").catch(() => null);
      this.offline = !this.numbers || !this.load_;
    }
    this.draw();
  }

  /** The numbers, once more. */
  async lookAgain() {
    this.offline = false;
    this.draw();
    await this.arrived();
    await this.focusOn("h2");
  }

  /** @override @param {Partial<CityDraft>} change */
  set(change) {
    delete this.errors.blocks;
    this.numbers = null;
    super.set(change);
  }

  /** @override @param {CityDraft} draft @param {boolean} out before a second person, or kept at the city hall for whoever works there */
  async leave(draft, out) {
    const id = await leave(draft, out);
    await run();
    if (draft.revision === undefined) await keep(undefined);
    go(`/city/${id}`);
    say(out ? w.accepted : w.keptDraft);
  }

  /** @override @param {CityDraft} draft */
  form(draft) {
    const to = /** @type {const} */ (["all", "districts", "associations"]).map((value) => ({ value, label: w.to[value] }));
    const begun = draft.revision !== undefined;
    return html`<form novalidate @submit=${(/** @type {Event} */ e) => this.preview(e)}>
      ${copiedNote(/** @type {any} */ (draft))}
      ${radios("to", w.audience, to, draft.to, (value) => this.set({ to: value }))}
      ${draft.to === "all" ? nothing : this.choose(draft)}
      ${begun ? nothing : this.kinds(draft)}
      ${this.urgencies(draft)}
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

  /** @override @param {CityDraft} draft */
  reaching(draft) {
    return html`${alarmNumbers(this.numbers, { waits: this.offline ? w.noNumbers : w.counting })}
      ${burden(this.load_ && chosenOf(whomIn(draft), this.load_), this.offline, () => this.lookAgain())}`;
  }

  /** @override */
  saying() {
    return { intro: w.checkIntro, send: w.send, busy: w.busy, change: w.change, keep: w.keep, ready: Boolean(this.numbers && this.load_) };
  }
}

customElements.define("k-city-write", CityWrite);
