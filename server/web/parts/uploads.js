// Attaching files to a notice: each goes up at once, with its progress, goes on after a lost line or a closed page, and says
// what is wrong where it is wrong.

import { html, nothing, Screen } from "../screen.js";
import { sentenceOf } from "../data/api.js";
import { giveUp, isLater, send, take, tidy, waiting } from "../data/uploads.js";
import { progress } from "./bar.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").Attachment} Attachment */
/** @typedef {import("../data/uploads.js").Waiting} Waiting */
/** `entry`: in keeping, null after a refusal and while it is taken back; `paused`: why it waits.
 * @typedef {{name: string, entry: Waiting | null, share: number, paused: string, trouble: string}} Upload */

const w = words.uploads;
const TYPES = ["application/pdf", "image/jpeg", "image/png"];
const MOST_BYTES = 10_000_000;
const RETRY_MS = 10_000;

class Uploads extends Screen {
  /** @type {Attachment[]} */
  files = [];
  /** @type {(files: Attachment[]) => void} */
  set = () => {};
  /** How many are not there yet: a notice must not go without one that its writer believes attached. @type {(count: number) => void} */
  tell = () => {};
  /** @type {Upload[]} */
  going = [];
  #draft = "";
  #busy = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #later;

  /** @param {string} id of the notice that the files are for */
  set draft(id) {
    if (id === this.#draft) return;
    this.#draft = id;
    this.going = [];
    this.resume();
  }

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    addEventListener("online", this);
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener("online", this);
    clearTimeout(this.#later);
  }

  handleEvent() {
    this.work();
  }

  /** @override */
  arrived() {
    return this.work();
  }

  /** What was not finished when the page was closed goes on by itself. */
  async resume() {
    const draft = this.#draft;
    await tidy();
    const kept = await waiting(draft);
    if (draft !== this.#draft) return;
    const known = new Set(this.going.map((u) => u.entry?.key));
    this.going = [...this.going, ...kept.filter((entry) => !known.has(entry.key)).map((entry) => upload(entry.name, entry))];
    this.told();
    await this.work();
  }

  /** @param {Event} event */
  async choose(event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const chosen = [...(input.files ?? [])];
    input.value = "";
    for (const file of chosen) await this.add(file);
    await this.work();
  }

  /** @param {File} file */
  async add(file) {
    const trouble = refusal(file);
    const one = upload(file.name, trouble ? null : await take(this.#draft, file), trouble);
    // The same file once more is another try, if the first has failed.
    this.going = [...this.going.filter((u) => u.name !== file.name || u.entry), one];
    this.told();
  }

  /** One after the other: on a thin line two at once are both late. */
  async work() {
    if (this.#busy || !this.isConnected) return;
    this.#busy = true;
    clearTimeout(this.#later);
    const tried = new Set();
    for (let one = this.next(tried); one?.entry; one = this.next(tried)) await this.send(one, one.entry);
    this.#busy = false;
    if (this.isConnected && this.going.some((u) => u.paused)) this.#later = setTimeout(() => this.work(), RETRY_MS);
  }

  /** Also what was chosen meanwhile. @param {Set<Upload>} tried */
  next(tried) {
    const one = this.going.find((u) => u.entry && !tried.has(u));
    if (one) tried.add(one);
    return one;
  }

  /** @param {Upload} one @param {Waiting} entry */
  async send(one, entry) {
    one.paused = "";
    try {
      const done = await send(entry, (share) => {
        one.share = share;
        this.draw();
      });
      if (one.entry !== entry) return;
      this.going = this.going.filter((u) => u !== one);
      this.change([...this.files.filter((f) => f.sha256 !== done.sha256), done]);
    } catch (error) {
      if (one.entry !== entry) return;
      if (isLater(error)) one.paused = sentenceOf(error);
      else Object.assign(one, { entry: null, trouble: sentenceOf(error) });
    }
    this.told();
  }

  /** It leaves the screen when it has left this phone: a page closed in between would send it after all. @param {Upload} one */
  async takeBack(one) {
    const { entry } = one;
    one.entry = null;
    if (entry) await giveUp(entry);
    this.going = this.going.filter((u) => u !== one);
    this.told();
  }

  told() {
    this.tell(this.going.length);
    this.draw();
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
        ${this.going.map((u) => html`<li><div><p><b>${u.name}</b></p>${this.state(u)}</div>
          <button type="button" class="btn small plain" @click=${() => this.takeBack(u)}>${w.giveUp(u.name)}</button></li>`)}
      </ul>
      ${this.going.some((u) => u.entry) ? html`<p class="sub">${w.wait}</p>` : nothing}
    </div>`;
  }

  /** @param {Upload} one */
  state({ share, paused, trouble }) {
    if (trouble) return html`<p class="problem" role="alert" tabindex="-1">${trouble}</p>`;
    const said = paused ? w.paused(paused, share) : w.going(share);
    return html`<p class="sub" role=${paused ? "status" : nothing}>${said}</p>${progress(share, said)}`;
  }
}

/** @param {string} name @param {Waiting | null} entry @param {string} [trouble] @returns {Upload} */
const upload = (name, entry, trouble = "") => ({ name, entry, share: 0, paused: "", trouble });

/** Known here already, so that nobody waits for an upload that will be refused. @param {File} file */
function refusal(file) {
  if (!TYPES.includes(file.type)) return w.wrongType;
  return file.size > MOST_BYTES ? w.tooLarge : "";
}

customElements.define("k-uploads", Uploads);
