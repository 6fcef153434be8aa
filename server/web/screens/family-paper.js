// An officer records consent that was written on paper, as its witness; and ends what was so recorded.

import { html, nothing, Screen } from "../screen.js";
import { call, sentenceOf } from "../data/api.js";
import { field, radios } from "../parts/choice.js";
import { usual, wishFields } from "../parts/proxy-form.js";
import { ending } from "../parts/proxy-row.js";
import { readHomes } from "../read/people.js";
import { associationOfHome } from "../read/hats.js";
import { readMe } from "../read/me.js";
import { day } from "../read/days.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

/** @typedef {import("../read/people.js").Home} Home */
/** @typedef {{proxy: string, represented: {id: string, name: string}, person: {id: string, name: string} | null, name: string, basis: "family" | "commissioner" | "leader" | "other", until: string}} OnFile */

const w = words.family;

class FamilyPaper extends Screen {
  association = "";
  /** @type {Home | undefined} */
  home = undefined;
  /** Whom one may choose as the proxy. @type {{id: string, name: string}[]} */
  people = [];
  /** @type {OnFile[]} */
  onFile = [];
  represented = "";
  person = "";
  wish = usual();
  asking = "";
  trouble = "";
  loaded = false;

  /** @override */
  async load() {
    const me = await readMe();
    this.association = await associationOfHome(me, this.params[0] ?? "");
    const homes = (await readHomes(this.association)).flatMap((b) => b.households);
    const home = homes.find((h) => h.id === this.params[0]);
    this.home = home;
    this.represented ||= home?.people[0]?.id ?? "";
    const others = homes.filter((h) => h !== home);
    this.people = others.flatMap((h) => h.people).filter((p) => p.id !== me?.person.id);
    this.loaded = true;
  }

  /** @override */
  async arrived() {
    if (!this.association) return;
    const here = new Set(this.home?.people.map((p) => p.id));
    try {
      const { proxies } = await call("GET", `/api/v1/associations/${this.association}/proxies`);
      this.onFile = proxies.filter((/** @type {OnFile} */ p) => here.has(p.represented.id));
    } catch {
      return;
    }
    this.draw();
  }

  /** @param {() => Promise<void>} work @param {string} then */
  async try(work, then) {
    try {
      await work();
      this.trouble = "";
      await this.arrived();
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    this.draw();
    await this.focusOn(this.trouble ? ".problem" : then);
  }

  record() {
    return this.try(async () => {
      const body = { ...this.wish, represented: this.represented, person: this.person };
      await call("POST", `/api/v1/associations/${this.association}/proxies`, body);
      this.wish = usual();
      say(w.recorded);
    }, "#on-file");
  }

  /** @param {string} proxy */
  end(proxy) {
    this.asking = "";
    return this.try(async () => {
      await call("DELETE", `/api/v1/proxies/${proxy}`);
      say(w.ended);
    }, "#on-file");
  }

  /** @override */
  view() {
    if (!this.loaded) return nothing;
    if (!this.association) return html`<p class="empty">${words.notOfficer}</p>`;
    if (!this.home || this.home.people.length === 0) return html`<p class="empty">${w.nobody}</p>`;
    const whose = this.home.people.map(({ id, name }) => ({ value: id, label: name }));
    return html`<p>${w.paperHow}</p>
      <h2 id="on-file" tabindex="-1">${w.onFile}</h2>
      ${this.onFile.length === 0 ? html`<p>${w.forOthersNone}</p>` : this.onFile.map((p) => this.filed(p))}
      <section class="card"><h2>${w.paper}</h2>
        ${radios("represented", w.represented, whose, this.represented, (id) => { this.represented = id; this.draw(); })}
        ${field({ id: "proxy-person", label: w.proxyOf }, () =>
          html`<select id="proxy-person" @change=${(/** @type {Event} */ e) => { this.person = /** @type {HTMLSelectElement} */ (e.target).value; this.draw(); }}>
            <option value="" ?selected=${!this.person}>${w.choose}</option>
            ${this.people.map((p) => html`<option value=${p.id} ?selected=${p.id === this.person}>${p.name}</option>`)}</select>`)}
        ${wishFields(this.wish, (change) => { this.wish = { ...this.wish, ...change }; this.draw(); }, false)}
        ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
        <button class="btn" ?disabled=${!this.person} @click=${() => this.record()}>${w.record}</button></section>`;
  }

  /** @param {OnFile} p */
  filed(p) {
    const name = p.person?.name ?? p.name;
    const ask = async (/** @type {boolean} */ asking) => {
      this.asking = asking ? p.proxy : "";
      this.draw();
      if (asking) await this.focusOn(".confirm .plain");
    };
    return html`<article class="card"><h3>${w.who(name, w.bases[p.basis])}</h3><p>${w.of(p.represented.name)}</p><p class="sub">${w.days("", day(p.until))}</p>
      ${ending(name, this.asking === p.proxy, ask, () => this.end(p.proxy))}</article>`;
  }
}

customElements.define("k-family-paper", FamilyPaper);
