// Codes as people type them from paper: lower case, full width, spaces, O for 0, I for 1, U for V. The alphabet is Crockford's base32.

const SLIP = 10;
const SHEET = 6;

/** @param {string} typed @returns {string} "" when it cannot be of this alphabet */
function plain(typed) {
  const text = typed.slice(typed.indexOf("#") + 1).normalize("NFKC").toUpperCase();
  const code = text.replace(/[\s_\-‐‑–—―ーｰ−.・]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1").replaceAll("U", "V");
  return /^[0-9A-HJKMNP-TV-Z]+$/.test(code) ? code : "";
}

/** Of a printed sheet, or the whole address from its QR. @param {string} typed @returns {string} as it is printed, "" when it cannot be one */
export function readSheetCode(typed) {
  const code = plain(typed);
  return code.length === SHEET ? `${code.slice(0, 3)}-${code.slice(3)}` : "";
}

/**
 * @param {string} typed a slip's code, a carry code, or the whole address from a QR
 * @returns {{ticket: string} | {carryCode: string} | null} null: cannot be a code
 */
export function readCode(typed) {
  const code = plain(typed);
  if (/^\d{6}$/.test(code)) return { carryCode: code };
  if (code.length !== SLIP) return null;
  return { ticket: `${code.slice(0, 5)}-${code.slice(5)}` };
}
