// Attaching files to a notice: each goes up at once, with its progress, and says what is wrong where it is wrong.

import { html, nothing, Screen } from "../screen.js";
import { sentenceOf } from "../data/api.js";
import { upload } from "../data/files.js";
import { progress } from "./bar.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").Attachment} Attachment */
/** @typedef {{name: string, share: number, trouble: string}} Upload */

const w = words.uploads;
const TYPES = ["application/pdf", "image/jpeg", "image/png"];
const MOST_BYTES = 10_000_000;

class Uploads extends Screen {
  /** @type {Attachment[]} */
  files = [];
  /** @type {(files: Attachment[]) => void} */
  set = () => {};
  /** @type {Upload[]} */
  going = [];

  /** @param {Event} event */
  async choose(event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const chosen = [...(input.files ?? [])];
    input.value = "";
    for (const file of chosen) await this.add(file);
  }

  /** @param {File} file */
  async add(file) {
    const entry = { name: file.name, share: 0, trouble: refusal(file) };
    this.going = [...this.going.filter((u) => u.name !== file.name), entry];
    this.draw();
    if (entry.trouble) return;
    try {
      const done = await upload(file, (share) => {
        entry.share = share;
        this.draw();
      });
      this.going = this.going.filter((u) => u !== entry);
      this.change([...this.files.filter((f) => f.sha256 !== done.sha256), done]);
    } catch (error) {
      entry.trouble = sentenceOf(error);
      this.draw();
    }
  }

  /** @param {Attachment[]} files */
  change(files) {
    this.files = files;
    this.set(files);
    this.draw();
  }

  /** @override */
  view() {
    return html`<div class="field">
      <label for="files">${w.label}</label>
      <p class="sub" id="files-hint">${w.hint}</p>
      <input id="files" type="file" multiple accept=${TYPES.join(",")} aria-describedby="files-hint" @change=${(/** @type {Event} */ e) => this.choose(e)} />
      <ul class="rows">
        ${this.files.map((f) => html`<li><p><b>${f.name}</b><span class="sub">${words.file.about(f.type, f.size)}</span></p>
          <button type="button" class="btn small plain" @click=${() => this.change(this.files.filter((x) => x !== f))}>${w.remove(f.name)}</button></li>`)}
        ${this.going.map((u) => html`<li><p><b>${u.name}</b></p>${u.trouble ? html`<p class="problem" role="alert">${u.trouble}</p>` : html`<p class="sub">${w.going(u.share)}</p>${progress(u.share, w.going(u.share))}`}</li>`)}
      </ul>
      ${this.going.length === 0 ? nothing : html`<p class="sub">${w.wait}</p>`}
    </div>`;
  }
}

/** Known here already, so that nobody waits for an upload that will be refused. @param {File} file */
function refusal(file) {
  if (!TYPES.includes(file.type)) return w.wrongType;
  return file.size > MOST_BYTES ? w.tooLarge : "";
}

customElements.define("k-uploads", Uploads);
