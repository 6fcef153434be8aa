// 表にして保存する: the ledger as a spreadsheet, in either encoding. What Shift_JIS cannot hold is said.

import { html, nothing, Screen } from "../screen.js";
import { sentenceOf } from "../data/api.js";
import { words } from "../words/words.js";
import { saveTable } from "./save.js";

const w = words.table;

class TableBox extends Screen {
  /** Of whose ledger. */
  notice = "";
  said = "";
  trouble = "";

  /** @param {"utf-8" | "cp932"} encoding @param {"home" | "block"} per */
  async save(encoding, per) {
    try {
      this.said = await saveTable(w.file, `/api/v1/notices/${this.notice}/reach.csv?encoding=${encoding}&per=${per}`);
      this.trouble = "";
    } catch (error) {
      this.said = "";
      this.trouble = sentenceOf(error);
    }
    this.draw();
    await this.focusOn(".said");
  }

  /** @override */
  view() {
    return html`<details class="card"><summary>${w.title}</summary>
      ${this.trouble || this.said ? html`<p class="said ${this.trouble ? "problem" : ""}" tabindex="-1">${this.trouble || this.said}</p>` : nothing}
      <p class="actions">
        <button class="btn plain" @click=${() => this.save("utf-8", "home")}>${w.homes}</button>
        <button class="btn plain" @click=${() => this.save("cp932", "home")}>${w.homesOld}</button>
        <button class="btn plain" @click=${() => this.save("utf-8", "block")}>${w.blocks}</button>
      </p></details>`;
  }
}

customElements.define("k-table-box", TableBox);
