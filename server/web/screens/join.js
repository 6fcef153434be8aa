// 家族がふえた: a child is born, a mother moves in. Somebody new lives in a home that is on the list; then the slip.

import { html, nothing, Screen } from "../screen.js";
import { sentenceOf } from "../data/api.js";
import { foreseen, sentencesOf } from "../parts/foreseen.js";
import { newcomers, nobody, written } from "../parts/newcomers.js";
import { associationOfHome } from "../read/hats.js";
import { doIt, foresee, readHome } from "../read/life.js";
import { look } from "../read/looks.js";
import { readMe } from "../read/me.js";
import { go } from "../router.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

const w = words.life;

class Join extends Screen {
  association = "";
  /** @type {import("../types").HouseholdOfList | undefined} */
  home = undefined;
  loaded = false;
  people = [nobody()];
  /** @type {import("../types").Follows | null} */
  follows = null;
  busy = false;
  trouble = "";

  /** @override */
  async load() {
    const me = await readMe();
    this.association ||= await associationOfHome(me, this.params[0] ?? "");
    this.home = (await readHome(this.association, this.params[0] ?? "")).home;
    if (this.home) look([this.home.block]);
    if (!this.loaded) this.titled(w.deeds["join"]?.name ?? "");
    this.loaded = true;
  }

  /** @returns {import("../read/life.js").Deed} */
  deed() {
    return { method: "POST", path: `/api/v1/households/${this.home?.id}/people`, body: { people: written(this.people) } };
  }

  get names() {
    return written(this.people).map((p) => p.name.trim());
  }

  /** @param {SubmitEvent} event */
  async look(event) {
    event.preventDefault();
    await this.asking(async () => {
      this.follows = await foresee(this.deed());
      if (!this.follows) this.trouble = w.alreadySo;
    });
    await this.focusOn(this.follows ? "#foreseen" : ".problem");
  }

  async press() {
    await this.asking(async () => {
      await doIt(this.deed());
      go(`/people/home/${this.home?.id}`);
      say(w.joined(this.names));
    });
    await this.focusOn(".problem");
  }

  /** @param {() => Promise<unknown>} work */
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
    this.draw();
  }

  async change() {
    this.follows = null;
    this.trouble = "";
    this.draw();
    await this.focusOn("form input");
  }

  async another() {
    this.people = [...this.people, nobody()];
    this.draw();
    await this.focusOn(`#name-${this.people.length - 1}`);
  }

  /** @override */
  view() {
    if (!this.loaded) return nothing;
    if (!this.association) return html`<p class="empty">${words.notOfficer}</p>`;
    const { home, follows, busy, trouble } = this;
    if (!home) return html`<p class="empty">${w.gone}</p>`;
    if (follows) {
      const sentences = sentencesOf(follows, { home: home.name, people: this.names, to: "" });
      return foreseen({ sentences, busy, trouble, press: () => this.press(), change: () => this.change() });
    }
    return html`<h2 class="title">${w.titleOf(home.name)}</h2><p>${w.deeds["join"]?.intro}</p>
      <form novalidate @submit=${(/** @type {SubmitEvent} */ e) => this.look(e)}>
        ${newcomers(this.people, () => this.another())}
        ${trouble ? html`<p class="problem" role="alert" tabindex="-1">${trouble}</p>` : nothing}
        <button class="btn" ?disabled=${busy}>${busy ? w.busy : w.look}</button>
      </form>`;
  }
}

customElements.define("k-join", Join);
