// A QR code drawn sharp: each of its squares is a whole number of the screen's own pixels.

import { encodeQR } from "../vendor/qr/index.js";

const EDGE = 4; // squares of white around it (ISO/IEC 18004, 9.1)

/** @typedef {boolean[][]} Squares with the white around them */

/** @param {string} text in the characters of alphanumeric mode @returns {Squares} */
export const squaresOf = (text) => encodeQR(text, "raw", { ecc: "low", encoding: "alphanumeric", border: EDGE });

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Squares} squares
 * @param {number} width CSS pixels there are
 */
export function drawQr(canvas, squares, width) {
  const ratio = globalThis.devicePixelRatio || 1;
  const side = Math.max(1, Math.floor((width * ratio) / squares.length));
  canvas.width = canvas.height = side * squares.length;
  canvas.style.inlineSize = `${canvas.width / ratio}px`;
  const context = canvas.getContext("2d");
  if (!context) return;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "#000";
  squares.forEach((row, y) => row.forEach((dark, x) => dark && context.fillRect(x * side, y * side, side, side)));
}
