// Reads QR codes, from a camera or from a photograph. What reads them is large, and fetched when it is first needed.

/** What the library would ask for by itself is the screen in CSS pixels: too coarse for 117 squares a side. */
const PICTURE = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } };

/** Why there is no picture. @typedef {"refused" | "none"} NoCamera */

/**
 * @param {HTMLVideoElement} video
 * @param {(text: string) => Promise<boolean>} seen a code's text, again and again while it is before the camera; true: enough
 * @returns {Promise<(() => void) | NoCamera>} closes the camera
 */
export async function watch(video, seen) {
  const { QRCamera, QRCanvas, frameLoop } = await import("../vendor/qr/dom.js");
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: PICTURE });
  } catch (error) {
    return error instanceof DOMException && ["NotAllowedError", "SecurityError"].includes(error.name) ? "refused" : "none";
  }
  const camera = new QRCamera(video, stream);
  const canvas = new QRCanvas({}, { cropToSquare: false });
  let busy = false;
  const stop = frameLoop(async () => {
    if (busy || video.readyState < 2) return;
    busy = true;
    const text = await camera.readFrame(canvas, true);
    if (typeof text === "string" && (await seen(text))) close();
    busy = false;
  });
  const close = () => {
    stop();
    camera.stop();
  };
  return close;
}

const LARGEST = 2000; // pixels of a side; a photograph has more than it needs

/** @param {Blob} photo @returns {Promise<string>} "" where there is no code in it */
export async function readPhoto(photo) {
  const { decodeQR } = await import("../vendor/qr/decode.js");
  const picture = await createImageBitmap(photo).catch(() => null);
  if (!picture) return "";
  const scale = Math.min(1, LARGEST / Math.max(picture.width, picture.height));
  const size = { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) };
  const context = Object.assign(document.createElement("canvas"), size).getContext("2d", { willReadFrequently: true });
  if (!context) return "";
  context.drawImage(picture, 0, 0, size.width, size.height);
  try {
    return decodeQR(context.getImageData(0, 0, size.width, size.height), { timeLimit: 2_000 });
  } catch {
    return "";
  }
}
