// A push service over TLS, HTTP/2 or HTTP/1.1 as the caller wishes, that opens one push in every `sample`, as a browser would.
// Node's own cryptography: nothing here is shared with what sends. See h2sink.py for how it is started and asked.
//
// The name in the path says how a phone behaves: `s410-…` answers 410, `late50-…` after 50 ms, `drip-…` a byte at a time,
// `huge-…` without end, `mute-…` never, `bye-…` ends the connection (GOAWAY) after its answer. All others are taken: 201.
import { createDecipheriv, createECDH, createHmac, createPublicKey, hkdfSync, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";

const [file, seed, sample, delay] = process.argv.slice(2);
const pem = readFileSync(file);
const derived = (what, name) => createHmac("sha256", Buffer.from(seed, "hex")).update(`${what} ${name}`).digest();
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const said = { requests: 0, first: 0, http2: 0, opened: 0, connections: 0, most: 0, refused: {}, payloads: {}, points: 0 };
const points = new Set();
let underWay = 0;

const server = createSecureServer({ key: pem, cert: pem, allowHTTP1: true, settings: { maxConcurrentStreams: 250 } });
server.on("secureConnection", () => { said.connections += 1; });
server.on("request", (request, response) => served(request, response));
// Node's own way from a stream of HTTP/2 to a request of HTTP/1.1 costs as much as the stream itself: what is measured
// against this service is spared that for the ordinary push, which is taken and not opened.
const [asRequest] = server.listeners("stream");
server.removeAllListeners("stream");
server.on("stream", (stream, headers, ...rest) => {
  if (!plain(headers[":path"])) return void asRequest.call(server, stream, headers, ...rest);
  arrived(2);
  stream.on("error", () => {});
  stream.on("end", () => {
    underWay -= 1;
    if (!stream.destroyed) stream.respond({ ":status": 201 }, { endStream: true });
  });
  stream.resume();
});

// One that is neither opened nor asks for a behaviour of its own.
function plain(path) {
  return path.startsWith("/push/p") && !Number(delay) && (said.requests + 1) % Number(sample) !== 0;
}

function arrived(version) {
  said.requests += 1;
  said.first ||= Date.now();
  said.http2 += version === 2 ? 1 : 0;
  said.most = Math.max(said.most, ++underWay);
}

function served(request, response) {
  if (request.url === "/anew") said.first = 0;
  if (request.url === "/report" || request.url === "/anew") return void response.end(JSON.stringify({ ...said, points: points.size }));
  arrived(request.httpVersionMajor);
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    const name = decodeURIComponent(request.url.split("/").pop().replace(/\.[^.]*$/, ""));
    if (said.requests % Number(sample) === 0) judge(request, name, Buffer.concat(pieces));
    const wait = Number(/^late(\d+)-/.exec(name)?.[1] ?? delay ?? 0);
    if (wait) setTimeout(() => answer(request, response, name), wait);
    else answer(request, response, name);
  });
  request.on("error", () => {});
}

function answer(request, response, name) {
  underWay -= 1;
  const status = Number(/^s(\d{3})-/.exec(name)?.[1] ?? 201);
  if (name.startsWith("mute-")) return;
  response.writeHead(status, status === 429 ? { "retry-after": "30" } : status === 307 ? { location: "/push/elsewhere.x" } : {});
  if (name.startsWith("drip-")) {
    const timer = setInterval(() => response.write("."), 50);
    response.on("close", () => clearInterval(timer));
  } else if (name.startsWith("huge-")) {
    const block = Buffer.alloc(65536, 46);
    const pour = () => { while (!response.destroyed && response.write(block)); };
    response.on("drain", pour).on("error", () => {});
    pour();
  } else {
    response.end();
    if (name.startsWith("bye-")) request.stream?.session?.close();
  }
}

function judge(request, name, body) {
  try {
    token(request);
    said.payloads[name] = opened(name, body).toString();
    said.opened += 1;
  } catch (error) {
    said.refused[error.message] = (said.refused[error.message] ?? 0) + 1;
  }
}

function token(request) {
  const [, head, claims, signature, key] =
    /^vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), ?k=([\w-]+)/.exec(request.headers.authorization ?? "") ?? [];
  if (!key) throw new Error("authorization");
  const point = Buffer.from(key, "base64url");
  const jwk = { kty: "EC", crv: "P-256", x: point.subarray(1, 33).toString("base64url"), y: point.subarray(33).toString("base64url") };
  const by = { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" };
  if (!verify("sha256", Buffer.from(`${head}.${claims}`), by, Buffer.from(signature, "base64url"))) throw new Error("signature");
  const { aud, exp } = JSON.parse(Buffer.from(claims, "base64url"));
  const host = request.headers[":authority"] ?? request.headers.host;
  if (aud !== `https://${host}` || exp > Date.now() / 1000 + 86400) throw new Error("claims");
}

// RFC 8291 §3.4 and RFC 8188 §2, one record.
function opened(name, body) {
  const point = body.subarray(21, 86);
  if (points.has(point.toString("hex"))) throw new Error("ephemeral key used twice");
  points.add(point.toString("hex"));
  const own = createECDH("prime256v1");
  own.setPrivateKey(((BigInt(`0x${derived("key", name).toString("hex")}${derived("more", name).toString("hex")}`) % (ORDER - 1n)) + 1n).toString(16).padStart(64, "0"), "hex");
  const info = Buffer.concat([Buffer.from("WebPush: info\0"), own.getPublicKey(), point]);
  const secret = Buffer.from(hkdfSync("sha256", own.computeSecret(point), derived("auth", name).subarray(0, 16), info, 32));
  const salt = body.subarray(0, 16);
  const key = Buffer.from(hkdfSync("sha256", secret, salt, "Content-Encoding: aes128gcm\0", 16));
  const nonce = Buffer.from(hkdfSync("sha256", secret, salt, "Content-Encoding: nonce\0", 12));
  const cipher = createDecipheriv("aes-128-gcm", key, nonce).setAuthTag(body.subarray(-16));
  const plain = Buffer.concat([cipher.update(body.subarray(86, -16)), cipher.final()]);
  return plain.subarray(0, plain.lastIndexOf(2));
}

server.listen(0, "127.0.0.1", () => console.log(server.address().port));
// It ends with whoever started it.
process.stdin.on("end", () => process.exit(0)).resume();
