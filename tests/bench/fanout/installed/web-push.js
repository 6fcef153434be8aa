// Sends the payload in pushes.json to each of its subscriptions, so many at once over kept connections; prints the seconds.
const { readFileSync } = require("node:fs");
const { Agent } = require("node:https");
const { performance } = require("node:perf_hooks");
const webpush = require("web-push");

const { subscriptions, payload, contact, headers, ttl, authorities, together } = JSON.parse(readFileSync("pushes.json", "utf8"));
const keys = webpush.generateVAPIDKeys();
const agent = new Agent({ keepAlive: true, maxSockets: together, ca: readFileSync(authorities) });
const options = {
  vapidDetails: { subject: contact, publicKey: keys.publicKey, privateKey: keys.privateKey },
  TTL: ttl, urgency: headers.Urgency, topic: headers.Topic, agent,
};

(async () => {
  const waiting = subscriptions.values();
  const began = performance.now();
  await Promise.all(Array.from({ length: together }, async () => {
    for (const subscription of waiting) await webpush.sendNotification(subscription, payload, options);
  }));
  process.stdout.write(String((performance.now() - began) / 1000));
  agent.destroy();
})();
