/** The protocol rules in docs/reference/control.md, each tried by a client written only from that page. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync } from "node:fs";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { type Message, PlainClient } from "./control-page/plain-client.ts";
import { readPage } from "./control-page/read-page.ts";
import { openStage, type Stage } from "./stage.ts";

/** User nobody and group nogroup have the same number on every Debian. */
const NOBODY = 65_534;

const CONFIG = `[defaults]
enforcer = "memory"

[jails.sshd]
`;

let stage: Stage;

before(async () => {
  stage = await openStage({ sshd: "none", config: CONFIG });
  await stage.start();
});

after(() => stage[Symbol.asyncDispose]());

/** Sends a line after the greeting; returns the error after which the connection ends. */
async function ending(line: string | Buffer): Promise<Message | undefined> {
  await using client = await PlainClient.open(stage.socket);
  client.write(line);
  const last = await client.next();
  assert.equal(await client.next(), undefined, "the connection has ended");
  return last;
}

function withoutText(message: Message | undefined): unknown {
  const error = message?.["error"] as { code: string; message: string; hint: string | null };
  assert.equal(typeof error.message, "string");
  return { ...message, error: { ...error, message: "" } };
}

const BROKEN = { id: null, ok: false, error: { code: "bad-message", message: "", hint: null } };

test("an invalid request ends the connection with an error without id", async () => {
  const good = { id: 1, command: "version", input: {} };
  const lines: readonly unknown[] = [
    ...["text", [], null, { command: "version", input: {} }, { id: 1, input: {} }],
    ...[-1, 1.5, "1", null, 2 ** 53].map((id) => ({ ...good, id })),
    ...[
      { ...good, input: [] },
      { ...good, input: undefined },
      { ...good, more: 1 },
    ],
  ];
  for (const line of lines)
    assert.deepEqual(
      withoutText(await ending(`${JSON.stringify(line)}\n`)),
      BROKEN,
      JSON.stringify(line),
    );
  assert.deepEqual(withoutText(await ending("no JSON\n")), BROKEN);
  assert.deepEqual(withoutText(await ending(Buffer.from([0xff, 0x0a]))), BROKEN);
  assert.deepEqual(withoutText(await ending("x".repeat(1024 * 1024 + 1))), BROKEN);
});

test("another version is refused, and the client is disconnected", async () => {
  await using client = await PlainClient.open(stage.socket, "none");
  assert.deepEqual(await client.next(), { bailiff: "control", v: 1 });
  client.send({ v: 2 });
  const error = { code: "version-mismatch", message: "", hint: null };
  assert.deepEqual(withoutText(await client.next()), { id: null, ok: false, error });
  assert.equal(await client.next(), undefined);
});

test("an id may be any whole number, and answers come in order", async () => {
  await using client = await PlainClient.open(stage.socket);
  const ids = [0, 7, 7, 2 ** 53 - 1];
  for (const id of ids) client.send({ id, command: "version", input: {} });
  for (const id of ids) assert.equal((await client.answer(id)).ok, true);
});

test("an invalid input is refused, and the connection stays open", async () => {
  await using client = await PlainClient.open(stage.socket);
  const text = (length: number): string => "x".repeat(length);
  const list = (length: number): readonly string[] => Array.from({ length }, () => "192.0.2.1");
  const past = Array.from({ length: 1001 }, () => ({ at: 0, until: 0 }));
  const taken = { subject: "192.0.2.1", jail: "sshd", at: 0, until: null, failures: 0, earlier: 0 };
  const wrong: readonly (readonly [string, string, object])[] = [
    ["unknown-command", "nothing", {}],
    ["bad-input", "why", {}],
    ["bad-input", "version", { more: 1 }],
    ["bad-input", "why", { subject: 1 }],
    ["bad-input", "why", { subject: text(4097) }],
    ["no-address", "why", { subject: text(4096) }],
    ["bad-input", "ban", { subject: [] }],
    ["bad-input", "ban", { subject: list(10_001) }],
    ["bad-input", "ban", { subject: "192.0.2.1", for: 0 }],
    ["bad-input", "ban", { subject: "192.0.2.1", for: "1h" }],
    ["bad-input", "allow", { subject: "192.0.2.1", for: "forever" }],
    ["bad-input", "unban", { subjects: list(10_001), all: false }],
    ["bad-input", "history", { limit: 0 }],
    ["bad-input", "audit", { limit: 1_000_001 }],
    ["bad-input", "add_rule", { number: 1, is: "success" }],
    ["bad-input", "take_over", { from: "x", bans: [{ ...taken, past, lines: [] }] }],
    ["bad-input", "take_over", { from: "x", bans: [{ ...taken, past: [], lines: list(21) }] }],
    ["unknown-jail", "ban", { subject: "192.0.2.1", jail: "nowhere" }],
  ];
  for (const [code, command, input] of wrong) {
    const answer = await client.request(command, input);
    assert.ok(!answer.ok, command);
    assert.equal(answer.error.code, code, `${command}: ${answer.error.message}`);
  }
  assert.equal((await client.request("version")).ok, true);
});

test("a list is sent as parts and a rest", async () => {
  await using client = await PlainClient.open(stage.socket);
  const subjects = Array.from({ length: 10_000 }, (_, n) => `10.1.${n >> 8}.${n & 255}`);
  const banned = await client.request("ban", { subject: subjects, jail: "sshd" });
  assert.ok(banned.ok && banned.parts > 5);
  client.send({ id: 5, command: "bans", input: {} });
  const found: string[] = [];
  for (let parts = 0; ; parts++) {
    const reply = await client.next();
    assert.ok(reply?.["ok"] === true && reply["id"] === 5);
    const isLast = "value" in reply;
    const items = (isLast ? reply["value"] : reply["part"]) as readonly { subject: string }[];
    assert.ok(JSON.stringify(items).length < 80_000, "about 64 KiB");
    found.push(...items.map(({ subject }) => subject));
    if (!isLast) continue;
    assert.ok(parts > 5);
    break;
  }
  assert.deepEqual(new Set(found), new Set(subjects));
  assert.equal(found.length, subjects.length, "each once");
});

test("an idle client is disconnected silently, half a line is refused, an unread reply is cut off", async () => {
  const began = performance.now();
  await using idle = await PlainClient.open(stage.socket);
  await using half = await PlainClient.open(stage.socket);
  half.write('{"id":1,');
  await using deaf = await PlainClient.open(stage.socket);
  for (let id = 0; id < 5; id++) deaf.send({ id, command: "bans", input: {} });
  deaf.socket.pause();
  assert.equal(await idle.next(), undefined);
  assert.ok(performance.now() - began > 29_000);
  const error = { code: "timeout", message: "", hint: null };
  assert.deepEqual(withoutText(await half.next()), { id: null, ok: false, error });
  assert.equal(await half.next(), undefined);
  const reason = "root (uid 0): the reply is not read";
  await stage.untilEvent("control-refused", { reason });
});

/** Modules are loaded before root is dropped: other users may not be able to read the checkout. */
const AS_NOBODY = `
const { PlainClient } = await import("${new URL("./control-page/plain-client.ts", import.meta.url).href}");
process.setgroups([]);
process.setgid(${NOBODY});
process.setuid(${NOBODY});
const [path, requests] = process.argv.slice(1);
const answers = [];
for (const [command, input] of JSON.parse(requests)) {
  const client = await PlainClient.open(path);
  client.send({ id: 1, command, input });
  if (command === "follow") client.send({ id: 2, command: "version", input: {} });
  const answer = await client.answer(1);
  answers.push([command, answer.ok ? "answered" : answer.error.code]);
  await client[Symbol.asyncDispose]();
}
console.log(JSON.stringify(answers));`;

const INPUTS: Readonly<Record<string, object>> = {
  verify: { jail: "sshd" },
  notify_test: { channel: "ops" },
  add_rule: { number: 1, is: "failure" },
  find_bans: { limit: 1 },
  ban: { subject: "192.0.2.1" },
  take_over: { from: "x", bans: [] },
  unban: { subjects: [], all: false },
  undo_unban: { subject: "192.0.2.1", jail: "sshd" },
  why: { subject: "192.0.2.1" },
  allow: { subject: "192.0.2.1" },
  disallow: { subject: "192.0.2.1" },
  history: { limit: 1 },
  audit: { limit: 1 },
  stats: { from: 0, to: 3_600_000, step: 1, by: "jail" },
  reset_quality: { jail: "sshd" },
  stop: { unban: false },
};

test("members of the group may send the documented requests only", async () => {
  await stage.stop();
  stage.configure(`socket_group = "nogroup"\n${CONFIG}`);
  chmodSync(stage.lab.folder, 0o755);
  await stage.start();
  const { requests } = readPage();
  const sent = requests.map(({ name }) => [name, INPUTS[name] ?? {}]);
  const argv = ["--input-type=module", "-e", AS_NOBODY, stage.socket, JSON.stringify(sent)];
  const { stdout } = await promisify(execFile)(process.execPath, argv);
  assert.deepEqual(
    JSON.parse(stdout),
    requests.map(({ name, isForGroup }) => [name, isForGroup ? "answered" : "permission-denied"]),
  );
  await using owner = await PlainClient.open(`${stage.socket}.owner`);
  assert.equal((await owner.request("check")).ok, true, "root has a separate socket");
});
