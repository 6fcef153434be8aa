// A bundle as texts for QR codes, and back. One code where it fits; else several, shown in turn and read in any order:
//   KAIRAN1:<place>/<of how many>:<first 8 hex digits of the bundle's SHA-256>:<its part in base45>

import { fromBase45, toBase45 } from "./base45.js";

const ONE = 1400; // bytes: 125 squares a side, still readable on a screen 360 px wide
const PART = 600; // bytes: 85 squares, readable while they change
const MOST = 64;
const FRAME = /^KAIRAN1:(\d{1,2})\/(\d{1,2}):([0-9A-F]{8}):([0-9A-Z $%*+\-./:]+)$/;

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function mark(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest.slice(0, 4)].map((b) => b.toString(16).padStart(2, "0")).join("").toUpperCase();
}

/** @param {Uint8Array<ArrayBuffer>} bundle @returns {Promise<string[]>} */
export async function toFrames(bundle) {
  const count = bundle.length <= ONE ? 1 : Math.ceil(bundle.length / PART);
  const size = Math.ceil(bundle.length / count);
  const hash = await mark(bundle);
  return Array.from({ length: count }, (_, i) => `KAIRAN1:${i + 1}/${count}:${hash}:${toBase45(bundle.subarray(i * size, (i + 1) * size))}`);
}

/** Puts the frames of one bundle together; a frame of another one begins anew. */
export class Frames {
  #of = "";
  total = 0;
  /** @type {Map<number, Uint8Array<ArrayBuffer>>} */
  #parts = new Map();

  get read() {
    return this.#parts.size;
  }

  /**
   * @param {string} text of a QR code
   * @returns {Promise<Uint8Array<ArrayBuffer> | "more" | "strange" | "broken">} the whole bundle; more: frames are missing;
   *   strange: this code is none of ours; broken: all frames are there, and do not fit together
   */
  async add(text) {
    const [, place, total, hash, part] = FRAME.exec(text) ?? [];
    const bytes = fromBase45(part ?? "");
    const [at, count] = [Number(place), Number(total)];
    if (!hash || !bytes || !(at >= 1 && at <= count && count <= MOST)) return "strange";
    if (this.#of !== `${hash} ${count}`) this.#begin(`${hash} ${count}`, count);
    this.#parts.set(at, bytes);
    return this.read < count ? "more" : this.#whole(hash);
  }

  /** @param {string} of @param {number} total */
  #begin(of, total) {
    this.#of = of;
    this.total = total;
    this.#parts.clear();
  }

  /** @param {string} hash */
  async #whole(hash) {
    const parts = [...this.#parts].sort(([a], [b]) => a - b).flatMap(([, bytes]) => [...bytes]);
    this.#begin("", 0);
    const bundle = new Uint8Array(parts);
    return (await mark(bundle)) === hash ? bundle : "broken";
  }
}
