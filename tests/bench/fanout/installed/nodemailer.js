// Sends `count` copies of the mail in letter.json to the server on `port`, over a pool of 8; prints the seconds it took.
const { readFileSync } = require("node:fs");
const { performance } = require("node:perf_hooks");
const nodemailer = require("nodemailer");

const [port, count] = process.argv.slice(2).map(Number);
const letter = JSON.parse(readFileSync("letter.json", "utf8"));
const transport = nodemailer.createTransport({
  host: "127.0.0.1", port, secure: false, ignoreTLS: true, pool: true, maxConnections: 8, maxMessages: Infinity,
});
const mail = (number) => ({
  from: { name: letter.association, address: letter.sender },
  to: `person${number}@example.jp`,
  messageId: `<message-${number}@kairan.example.jp>`,
  subject: letter.subject,
  list: { unsubscribe: { url: `${letter.unsubscribe}${number}` }, id: { url: letter.list, comment: letter.association } },
  headers: { "List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Auto-Submitted": "auto-generated" },
  text: letter.text.replace("{unsubscribe}", `${letter.unsubscribe}${number}`),
  html: letter.html.replace("{unsubscribe}", `${letter.unsubscribe}${number}`),
});

(async () => {
  await transport.sendMail(mail(0));
  const began = performance.now();
  await Promise.all(Array.from({ length: count }, (_, number) => transport.sendMail(mail(number))));
  process.stdout.write(String((performance.now() - began) / 1000));
  transport.close();
})();
