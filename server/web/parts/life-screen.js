// Something has changed in the town: it is written down, what follows from it is said, and then there is one press.

import { html, nothing, Screen } from "../screen.js";
import { go } from "../moving.js";
import { sentenceOf } from "../data/api.js";
import { doIt, foresee } from "../read/life.js";
import { readBlocks, readHomes } from "../read/people.js";
import { say } from "../say.js";
import { words } from "../words/words.js";
import { foreseen, sentencesOf } from "./foreseen.js";

/** @typedef {import("../read/life.js").Deed} Deed */

const w = words.life;

export class LifeScreen extends Screen {
  association = "";
  /** @type {import("../read/people.js").BlockOfHomes[]} */
  blocks = [];
  loaded = false;
  /** @type {import("../types").Follows | null} */
  follows = null;
  busy = false;
  trouble = "";

  /** @override */
  async load() {
    await this.read(!this.loaded);
    this.loaded = true;
  }

  /** What it needs of the store. @param {boolean} _first the time when fields get what stands there now */
  async read(_first) {}

  /** The blocks; with their homes only when the screen is there, as these take longer to read than all else. @param {boolean} first */
  async readPlaces(first) {
    this.blocks = await (first ? readBlocks : readHomes)(this.association);
  }

  /** What the server is asked; the same when it is only asked what would follow. @returns {Deed} */
  deed() {
    throw new Error("each has its own");
  }

  /** What is still missing, before anybody is asked. */
  missing() {
    return "";
  }

  /** What of it is not there any more, in a sentence. */
  gone() {
    return "";
  }

  /** What the facts are called. @param {import("../types").Follows} _follows @returns {{home: string, people: string[], to: string}} */
  named(_follows) {
    throw new Error("each has its own");
  }

  /** Where one is afterwards, and what is said there; asked before the press, which may end what it names. @returns {{path: string, said: string}} */
  outcome() {
    throw new Error("each has its own");
  }

  /** @returns {unknown} above the fields */
  intro() {
    return nothing;
  }

  /** @returns {unknown} */
  fields() {
    return nothing;
  }

  /** @param {SubmitEvent} event */
  async look(event) {
    event.preventDefault();
    await this.refresh();
    this.trouble = this.missing();
    if (!this.trouble) {
      await this.asking(async () => {
        this.follows = await foresee(this.deed());
        if (!this.follows) this.trouble = w.alreadySo;
      });
    }
    this.draw();
    await this.focusOn(this.follows ? "#foreseen" : ".problem");
  }

  async press() {
    const { path, said } = this.outcome();
    await this.asking(async () => {
      await doIt(this.deed());
      go(path);
      say(said);
    });
    this.draw();
    if (this.trouble) await this.focusOn(".problem");
  }

  /** @param {() => Promise<void>} work */
  async asking(work) {
    this.busy = true;
    this.trouble = "";
    this.draw();
    try {
      await work();
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    this.busy = false;
  }

  async change() {
    this.follows = null;
    this.trouble = "";
    this.draw();
    await this.focusOn("form input, form select");
  }

  /** @override */
  view() {
    if (!this.loaded) return nothing;
    if (!this.association) return html`<p class="empty">${words.notOfficer}</p>`;
    const gone = this.gone();
    if (gone) return html`<p class="empty">${gone}</p>`;
    const { follows, busy, trouble } = this;
    if (follows) return foreseen({ sentences: sentencesOf(follows, this.named(follows)), busy, trouble, press: () => this.press(), change: () => this.change() });
    return html`${this.intro()}
      <form novalidate @submit=${(/** @type {SubmitEvent} */ e) => this.look(e)}>
        ${this.fields()}
        ${trouble ? html`<p class="problem" role="alert" tabindex="-1">${trouble}</p>` : nothing}
        <button class="btn" ?disabled=${busy}>${busy ? w.busy : w.look}</button>
      </form>`;
  }
}
