/** A block list from an HTTPS server on loopback that misbehaves in every way: the last good content stays in force. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openStage, type Running, type Stage, untilTrue } from "./stage.ts";

const [SECURE_PORT, PLAIN_PORT] = [8443, 8080];

/** Serves what the file `mode` says, and prints the status of each answer. */
const SERVER = `
const { readFileSync } = require("node:fs");
const [folder, key, cert] = process.argv.slice(1);
const list = "# feed\\n192.0.2.7\\n198.51.100.0/24\\n127.0.0.1\\n";
const bomb = require("node:zlib").gzipSync(Buffer.alloc(50_000_000, "1"));
function answer(request, response) {
  const mode = readFileSync(folder + "/mode", "utf8");
  const end = (status, headers, body) => {
    console.log(mode + " " + status);
    response.writeHead(status, headers).end(body);
  };
  if (mode === "list" && request.headers["if-none-match"] === '"1"') return end(304, {});
  if (mode === "list") return end(200, { etag: '"1"' }, list);
  if (mode === "html") return end(200, {}, "<!doctype html><title>Sign in</title>");
  if (mode === "empty") return end(200, {}, "");
  if (mode === "500") return end(500, {}, "");
  if (mode === "loop") return end(302, { location: request.url });
  if (mode === "plain") return end(302, { location: "http://127.0.0.1:${PLAIN_PORT}/list" });
  if (mode === "bomb") return end(200, { "content-encoding": "gzip" }, bomb);
  if (mode === "hang") return console.log("hang");
}
require("node:https")
  .createServer({ key: readFileSync(key), cert: readFileSync(cert) }, answer)
  .listen(${SECURE_PORT}, "127.0.0.1", () =>
    require("node:http").createServer(answer).listen(${PLAIN_PORT}, "127.0.0.1", () => console.log("up")));
`;

let stage: Stage;
let server: Running;
let folder: string;
let certificate: string;

before(async () => {
  stage = await openStage({ sshd: "none" });
  folder = join(stage.state, "..", "site");
  mkdirSync(folder);
  certificate = join(folder, "cert.pem");
  const key = join(folder, "key.pem");
  const name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const files = ["-keyout", key, "-out", certificate];
  const make = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", ...name, ...files];
  execFileSync("openssl", make, { stdio: "ignore" });
  setMode("list");
  server = stage.lab.start("host", [process.execPath, "-e", SERVER, folder, key, certificate]);
  assert.ok(await server.until("up"));
  stage.configure(configOf("3s"));
});

after(() => stage[Symbol.asyncDispose]());

function configOf(timeout: string): string {
  const url = `https://127.0.0.1:${SECURE_PORT}/list?token=secret`;
  return `[jails.sshd]\n[lists.feed]\nurl = "${url}"\ntimeout = "${timeout}"\n`;
}

function setMode(mode: string): void {
  writeFileSync(join(folder, "mode"), mode);
}

async function reload(): Promise<void> {
  const { code, output } = await stage.bailiff("reload");
  assert.equal(code, 0, output);
}

test("a self-signed certificate is refused", async () => {
  await stage.start();
  const { reason } = await stage.untilEvent("list-failed", { list: "feed" });
  assert.match(String(reason), /self-signed certificate/);
  assert.deepEqual(await stage.blocked(), []);
  assert.partialDeepStrictEqual((await stage.ask("status", {})).lists, [
    { state: "empty", where: `https://127.0.0.1:${SECURE_PORT}/…`, entries: null, good_at: null },
  ]);
  const { output } = await stage.bailiff("status");
  assert.match(output, /^List feed: EMPTY: .*self-signed certificate.*\n {2}to do: check the URL/m);
  await stage.stop();
});

test("with a trusted certificate the list is in force, and an unchanged one is not sent again", async () => {
  await stage.start({ env: { NODE_EXTRA_CA_CERTS: certificate } });
  const updated = await stage.untilEvent("list-updated", { list: "feed" });
  assert.partialDeepStrictEqual(updated, { entries: 2, refused: 1 });
  assert.deepEqual((await stage.blocked()).toSorted(), ["192.0.2.7", "198.51.100.0"]);
  await reload();
  assert.ok(await server.until("list 304"));
});

for (const [mode, reason] of [
  ["html", "it is a web page and no list"],
  ["empty", "it has no usable address or network"],
  ["500", "the server answers with status 500"],
  ["loop", "the server redirects more than 5 times"],
  ["plain", `the server redirects to an address without https, on 127.0.0.1:${PLAIN_PORT}`],
  ["bomb", "it has more than 16777216 bytes (max_bytes)"],
  ["hang", "no complete answer within 3s"],
] as const)
  test(`the last good list stays in force when the server answers with: ${mode}`, async () => {
    setMode(mode);
    await reload();
    await stage.untilEvent("list-failed", { reason });
    assert.deepEqual((await stage.blocked()).toSorted(), ["192.0.2.7", "198.51.100.0"]);
  });

test("a start and an exemption do not wait for a server that hangs", async () => {
  setMode("hang");
  await stage.stop();
  stage.configure(configOf("10m"));
  await stage.start({ env: { NODE_EXTRA_CA_CERTS: certificate } });
  await reload();
  assert.equal((await stage.bailiff("allow", "192.0.2.7")).code, 0);
  assert.deepEqual(await stage.blocked(), ["198.51.100.0"]);
  assert.equal((await stage.bailiff("allow", "--remove", "192.0.2.7")).code, 0);
  await stage.stop();
  stage.configure(configOf("3s"));
  await stage.start({ env: { NODE_EXTRA_CA_CERTS: certificate } });
  await reload();
  await stage.untilEvent("list-failed");
});

test("a server that recovers is noticed, and no log contains the token", async () => {
  setMode("list");
  await reload();
  await untilTrue(() => stage.events("list-updated").length === 1, "it is in force again");
  assert.doesNotMatch(stage.daemon.lines.join("\n"), /secret/);
});
