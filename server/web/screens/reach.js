// だれに届いたか: one bar in words, block by block, and the ways to the doors still open.

import { html, nothing, Screen } from "../screen.js";
import { bar, legend } from "../parts/bar.js";
import "../parts/table-box.js";
import { readMe } from "../read/me.js";
import { marked } from "../read/marks.js";
import { readCard } from "../read/notices.js";
import { HOWS, readLedger } from "../read/reach.js";
import { readOneSent } from "../read/sent.js";
import { words } from "../words/words.js";

/** @typedef {import("../read/reach.js").Ledger} Ledger */

const w = words.reach;

class Reach extends Screen {
  notice = "";
  heading = "";
  /** @type {Ledger | null} */
  ledger = null;
  loaded = false;

  /** @override */
  async load() {
    const me = await readMe();
    if (!me) return;
    this.notice = this.params[0] ?? "";
    this.ledger = await readLedger(this.notice, me);
    const kept = (await readCard(this.notice, me)) ?? (await readOneSent(this.notice));
    this.heading = kept ? marked(kept) : "";
    this.loaded = true;
  }

  /** @override */
  view() {
    const { ledger } = this;
    if (!ledger) return html`<p class="empty">${this.loaded ? w.unknown : ""}</p>`;
    const one = ledger.blocks.length === 1 ? ledger.blocks[0] : null;
    return html`<h2 class="title">${this.heading}</h2>
      <p class="sub">${one ? w.block(one.name, ledger.households) : words.households(ledger.households)}</p>
      ${bar(ledger.grades, ledger.households)} ${legend(ledger.grades)}
      ${ledger.residual > 0 ? html`<p class="corrected">${w.residual(ledger.residual)}</p>` : nothing}
      ${one ? nothing : this.blocks(ledger)} ${ledger.hasRows ? this.doors(ledger) : html`<p class="sub">${w.countsOnly}</p>`}
      ${this.proofs(ledger)} <k-table-box .notice=${this.notice}></k-table-box>`;
  }

  /** @param {Ledger} ledger */
  blocks({ blocks, hasRows }) {
    return html`<section><h3>${w.blocks}</h3><ul class="rows">
      ${blocks.map((b) => html`<li>
        <p class="who"><b>${b.name}</b><span>${w.readOf(b.grades.stamped, b.households)}</span></p>
        ${bar(b.grades, b.households)}
        ${b.residual > 0 ? html`<p class="due">${w.residualOf(b.residual)}</p>` : nothing}
        ${hasRows && b.grades.stamped < b.households ? html`<p><a class="btn small plain" href="/walk/${this.notice}/${b.block}">${w.onlyBlock(b.name)}</a></p>` : nothing}
      </li>`)}
    </ul></section>`;
  }

  /** @param {Ledger} ledger */
  proofs({ hows, proxies }) {
    const parts = HOWS.filter((how) => hows[how] > 0);
    if (parts.length === 0) return nothing;
    return html`<p class="sub">${w.proofs(parts.map((how) => w.how[how](hows[how])).join(words.comma))}${proxies > 0 ? w.proxies(proxies) : ""}</p>`;
  }

  /** The doors themselves are on the walking list. @param {Ledger} ledger */
  doors({ blocks, doors }) {
    const left = doors.filter((d) => d.grade !== "stamped").length;
    if (left === 0) return html`<p class="sub">${w.everyone}</p>`;
    return html`<div class="actions">
      ${blocks.length === 1 ? html`<a class="btn" href="/walk/${this.notice}">${w.open(left)}</a>` : nothing}
      <a class="btn plain" href="/sheet/${this.notice}">${words.titles.sheet}</a><a class="btn plain" href="/back/${this.notice}">${words.titles.back}</a>
    </div>`;
  }
}

customElements.define("k-reach", Reach);
