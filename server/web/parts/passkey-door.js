// The way in for those who work for the city and have a passkey.

import { html, nothing, Screen } from "../screen.js";
import { sentenceOf } from "../data/api.js";
import { canHoldPasskeys } from "../data/passkeys.js";
import { signInByPasskey } from "../data/session.js";
import { deviceName } from "./device-name.js";
import { words } from "../words/words.js";

const w = words.passkeys;

class PasskeyDoor extends Screen {
  error = "";
  busy = false;

  async come() {
    this.busy = true;
    this.draw();
    try {
      await signInByPasskey(deviceName());
      this.dispatchEvent(new CustomEvent("k-came", { bubbles: true }));
    } catch (error) {
      this.error = sentenceOf(error);
    }
    this.busy = false;
    this.draw();
    if (this.error) await this.focusOn(".problem");
  }

  /** @override */
  view() {
    if (!canHoldPasskeys) return nothing;
    return html`<section class="card">
      <h2>${w.door}</h2>
      <p>${w.doorHow}</p>
      ${this.error ? html`<p class="problem" role="alert" tabindex="-1">${this.error}</p>` : nothing}
      <button class="btn plain" ?disabled=${this.busy} @click=${() => this.come()}>${w.come}</button>
    </section>`;
  }
}

customElements.define("k-passkey-door", PasskeyDoor);
