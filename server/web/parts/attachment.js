// One attachment: fetched only when somebody presses, then kept for later without a signal. Images are shown in place.

import { html, nothing, Screen } from "../screen.js";
import { addressOf, kept, open } from "../data/files.js";
import { sentenceOf } from "../data/api.js";
import { progress } from "./bar.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").Attachment} Attachment */

const w = words.file;

class AttachmentBox extends Screen {
  /** @type {Attachment} */
  file = { sha256: "", name: "", type: "", size: 0 };
  /** @type {Blob | null} */
  blob = null;
  address = "";
  share = -1;
  trouble = "";

  /** @override */
  async load() {
    if (!this.blob) this.show(await kept(this.file));
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    if (this.address) URL.revokeObjectURL(this.address);
    this.address = "";
  }

  /** @param {Blob | null} blob */
  show(blob) {
    this.blob = blob;
    if (blob && this.file.type.startsWith("image/") && !this.address) this.address = URL.createObjectURL(blob);
  }

  async fetch() {
    this.trouble = "";
    this.share = 0;
    this.draw();
    try {
      this.show(await open(this.file, (share) => this.advance(share)));
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    this.share = -1;
    this.draw();
    await this.focusOn(this.trouble ? "button" : "a, img");
  }

  /** @param {number} share */
  advance(share) {
    this.share = share;
    this.draw();
  }

  /** @override */
  view() {
    return html`<div class="file">
      <p class="file-name"><b>${this.file.name}</b><span class="sub">${w.about(this.file.type, this.file.size)}</span></p>
      ${this.body()} ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
    </div>`;
  }

  body() {
    if (this.share >= 0) return html`<p class="sub">${w.fetching(this.share)}</p>${progress(this.share, w.fetching(this.share))}`;
    if (this.address) {
      return html`<img src=${this.address} alt=${this.file.name} tabindex="-1" />
        <p><a href=${addressOf(this.file)} target="_blank">${w.large}</a></p>`;
    }
    if (this.blob) return html`<p><a class="btn plain" href=${addressOf(this.file)} target="_blank">${w.openKept(this.file.name)}</a></p>`;
    return html`<button class="btn plain" @click=${() => this.fetch()}>${w.open(this.file.type)}</button>`;
  }
}

customElements.define("k-attachment", AttachmentBox);

/** @param {Attachment[]} files */
export function attachments(files) {
  if (files.length === 0) return nothing;
  return html`<section class="files" aria-label=${w.heading}>${files.map((file) => html`<k-attachment .file=${file}></k-attachment>`)}</section>`;
}
