// Enrolment codes as people type them: lower case, full width, spaces, O for 0, I for 1, U for V. The alphabet is Crockford's base32.

const LENGTH = 10;

/**
 * @param {string} typed a slip's code, a carry code, or the whole address from a QR
 * @returns {{ticket: string} | {carryCode: string} | null} null: cannot be a code
 */
export function readCode(typed) {
  const text = typed.slice(typed.indexOf("#") + 1).normalize("NFKC").toUpperCase();
  const plain = text.replace(/[\s_\-‐‑–—―ーｰ−.・]/g, "");
  const code = plain.replaceAll("O", "0").replace(/[IL]/g, "1").replaceAll("U", "V");
  if (/^\d{6}$/.test(code)) return { carryCode: code };
  if (code.length !== LENGTH || !/^[0-9A-HJKMNP-TV-Z]+$/.test(code)) return null;
  return { ticket: `${code.slice(0, 5)}-${code.slice(5)}` };
}
