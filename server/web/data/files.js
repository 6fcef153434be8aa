// Attachments: fetched only when somebody opens one, kept for later without a signal; and uploads with progress.

import { ownHeaders, Trouble } from "./api.js";
import { words } from "../words/words.js";

const KEPT = "kairan-files"; // sw.js answers /files/ from it

/** @typedef {import("../types").Attachment} Attachment */

/** @param {Attachment} file */
export const addressOf = (file) => `/files/${file.sha256}`;

/** The Cache API is missing outside secure contexts; then a file is simply fetched each time. */
async function shelf() {
  return "caches" in globalThis ? caches.open(KEPT) : null;
}

/** @param {Attachment} file @returns {Promise<Blob | null>} */
export async function kept(file) {
  const answer = await (await shelf())?.match(addressOf(file));
  return answer ? answer.blob() : null;
}

/**
 * @param {Attachment} file
 * @param {(done: number) => void} progress 0 … 1
 * @returns {Promise<Blob>}
 */
export async function open(file, progress) {
  const before = await kept(file);
  if (before) return before;
  const blob = await download(file, progress);
  const headers = { "Content-Type": file.type, "Content-Disposition": "inline", "X-Content-Type-Options": "nosniff" };
  await (await shelf())?.put(addressOf(file), new Response(blob, { headers }));
  return blob;
}

/**
 * @param {Attachment} file
 * @param {(done: number) => void} progress
 */
async function download(file, progress) {
  /** @type {BlobPart[]} */
  const parts = [];
  let got = 0;
  try {
    const response = await fetch(addressOf(file), { headers: ownHeaders(), credentials: "same-origin" });
    if (!response.ok) throw new Trouble("problem", { status: response.status, detail: words.file.refused });
    const reader = response.body?.getReader();
    for (let step = await reader?.read(); step && !step.done; step = await reader?.read()) {
      parts.push(step.value);
      got += step.value.length;
      progress(Math.min(1, got / (file.size || got)));
    }
  } catch (error) {
    throw error instanceof Trouble ? error : new Trouble("offline", { detail: words.file.offline });
  }
  // The hash is the name: a portal's page or a cut transfer has another length.
  if (file.size && got !== file.size) throw new Trouble("offline", { detail: words.file.offline });
  return new Blob(parts, { type: file.type });
}

export async function dropFiles() {
  if ("caches" in globalThis) await caches.delete(KEPT);
}

/**
 * fetch tells nothing about the progress of an upload; XMLHttpRequest does.
 * @param {File} file
 * @param {(done: number) => void} progress
 * @returns {Promise<Attachment>}
 */
export function upload(file, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("file", file);
    request.open("POST", "/api/v1/files");
    for (const [name, value] of Object.entries(ownHeaders())) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.onprogress = (event) => progress(event.lengthComputable ? event.loaded / event.total : 0);
    request.onerror = () => reject(new Trouble("offline", { detail: words.file.uploadOffline }));
    request.onload = () => {
      const body = request.response ?? {};
      if (request.status === 201) resolve(body);
      else reject(new Trouble("problem", { status: request.status, slug: body.slug, detail: body.detail ?? words.file.uploadRefused }));
    };
    request.send(form);
  });
}
