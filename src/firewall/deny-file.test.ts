/** Tests deny lists in real files, with real reload commands. */
import assert from "node:assert/strict";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { duration } from "../domain/duration.ts";
import { instant } from "../domain/instant.ts";
import { systemClock } from "../host/system-clock.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { type DenyFile, type DenyFileOptions, openDenyFile } from "./deny-file.ts";
import { add, remove } from "./enforcer.contract.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "bailiff-deny-"));
after(() => rmSync(FOLDER, { recursive: true }));

let files = 0;
function newPath(): string {
  return join(FOLDER, `list-${files++}`);
}

async function tryOpen(
  more: Partial<DenyFileOptions>,
): Promise<Awaited<ReturnType<typeof openDenyFile>>> {
  const usual = { format: "plain", clock: systemClock, isAllowed: () => false } as const;
  return openDenyFile({ path: newPath(), emit: () => undefined, ...usual, ...more });
}

async function open(more: Partial<DenyFileOptions> = {}): Promise<DenyFile> {
  const opened = await tryOpen(more);
  assert.ok(opened.ok, opened.ok ? "" : opened.error.reason);
  return opened.value;
}

function now(): ReturnType<typeof instant> {
  return instant(Date.now());
}

test("a map of nginx holds addresses, and refuses networks", async () => {
  const list = await open({ format: "nginx-map" });
  const network = add("198.51.100.0/24");
  const changes = [add("192.0.2.1"), network, remove("203.0.113.0/24"), add("2001:db8::7")];
  assert.deepEqual(await list.apply(changes, now()), [
    { change: network, error: "this format cannot hold networks", retryable: false },
  ]);
  assert.match(readFileSync(list.path, "utf8"), /^#.*\n192\.0\.2\.1 1;\n2001:db8::7 1;\n$/);
});

test("the next run takes over what the file contains", async () => {
  const first = await open();
  await first.apply([add("192.0.2.1"), add("2001:db8::/32")], now());
  await first.close();
  const second = await open({ path: first.path });
  assert.partialDeepStrictEqual(await second.prepare(now()), { error: undefined, repaired: false });
  assert.equal((await second.list()).length, 2);
});

test("a list stays bailiff's when its format or its comment changes", async () => {
  const template = "drop {ip}";
  const first = await open({ format: { template, comment: "#" } });
  await first.apply([add("192.0.2.1")], now());
  await first.close();
  const { path } = first;
  const second = await open({ path, format: { template, comment: ";" } });
  assert.equal((await second.prepare(now())).error, undefined);
  assert.match(readFileSync(path, "utf8"), /^; Written by bailiff[^\n]*\ndrop 192\.0\.2\.1\n$/);
  await second.close();
  const third = await open({ path, format: "nginx-geo" });
  assert.equal((await third.prepare(now())).error, undefined);
  assert.match(readFileSync(path, "utf8"), /^# Written by bailiff/);
});

test("a file of another program is never written", async () => {
  const path = newPath();
  writeFileSync(path, "# rules of the administrator\n203.0.113.7\n");
  const refused = await tryOpen({ path });
  assert.ok(!refused.ok);
  assert.match(refused.error.reason, /was written by another program/);

  const list = await open();
  await list.prepare(now());
  writeFileSync(list.path, "203.0.113.7\n");
  assert.match((await list.prepare(now())).error ?? "", /was written by another program/);
  const change = add("192.0.2.1");
  await assert.rejects(list.list(), /was written by another program/);
  assert.partialDeepStrictEqual(await list.apply([change], now()), [{ change, retryable: true }]);
  assert.deepEqual(await list.removeAll(), { ok: true, value: undefined });
  assert.equal(readFileSync(list.path, "utf8"), "203.0.113.7\n");
});

test("a link is never followed or replaced", async () => {
  const target = newPath();
  const list = await open();
  symlinkSync(target, list.path);
  assert.match((await list.prepare(now())).error ?? "", /is a symbolic link/);
  assert.equal((await tryOpen({ path: list.path })).ok, false);
  assert.equal(readlinkSync(list.path), target);
  assert.equal(existsSync(target), false);
});

test("an empty file, made for a configuration that includes it, is taken", async () => {
  const path = newPath();
  writeFileSync(path, "\n");
  const list = await open({ path });
  assert.partialDeepStrictEqual(await list.prepare(now()), { error: undefined, repaired: false });
});

test("changes by others are noticed, removed by prepare, and listed", async () => {
  const list = await open({ format: "nginx-deny" });
  await list.prepare(now());
  await list.apply([add("192.0.2.1"), add("192.0.2.2")], now());
  const stop = new AbortController();
  const changes = list.watch(stop.signal);
  const next = changes[Symbol.asyncIterator]().next();
  // The watch begins with the first call of `next`, in a later turn.
  await new Promise((resolve) => setImmediate(resolve));
  const text = readFileSync(list.path, "utf8");
  writeFileSync(list.path, `${text.replace("deny 192.0.2.1;\n", "")}allow all;\ndeny 192.0.2.9;\n`);
  assert.deepEqual(await next, { done: false, value: { kind: "changed", by: undefined } });
  stop.abort();

  assert.partialDeepStrictEqual(await list.prepare(now()), { error: undefined, repaired: true });
  assert.equal(readFileSync(list.path, "utf8").includes("allow all"), false);
  assert.deepEqual(
    (await list.list()).map(({ subject }) => subject),
    ["192.0.2.2", "192.0.2.9"],
  );
  rmSync(list.path);
  assert.partialDeepStrictEqual(await list.prepare(now()), { error: undefined, repaired: true });
  assert.deepEqual(await list.list(), []);
});

test("a ban right after a change by others does not hide it", { timeout: 60_000 }, async () => {
  const list = await open();
  await list.prepare(now());
  await list.apply([add("192.0.2.1")], now());
  const stop = new AbortController();
  const next = list.watch(stop.signal)[Symbol.asyncIterator]().next();
  await new Promise((resolve) => setImmediate(resolve));
  writeFileSync(list.path, readFileSync(list.path, "utf8").replace("192.0.2.1\n", ""));
  await list.apply([add("192.0.2.2")], now());
  assert.deepEqual(await next, { done: false, value: { kind: "changed", by: undefined } });
  stop.abort();
});

test("own writes are no change by others", async () => {
  const list = await open();
  const stop = new AbortController();
  const noticed = Array.fromAsync(list.watch(stop.signal));
  await new Promise((resolve) => setImmediate(resolve));
  for (let n = 1; n < 20; n++) await list.apply([add(`192.0.2.${n}`)], now());
  stop.abort();
  assert.deepEqual(await noticed, []);
});

test("a failed reload refuses the changes, and is repeated until it succeeds", async () => {
  const gate = newPath();
  const reload = ["sh", "-c", `cat ${gate}`];
  const events: TelemetryEvent[] = [];
  const list = await open({ reload, every: duration(0), emit: (event) => events.push(event) });
  const error = "the reload command failed: exit code 1 (the log has its output)";
  assert.equal((await list.prepare(now())).error, error);
  const change = add("192.0.2.1");
  const [refusal] = await list.apply([change], now());
  assert.partialDeepStrictEqual(refusal, { change, retryable: true });
  assert.equal(refusal?.error, error);
  assert.equal((await list.prepare(now())).error, error);
  const [event, ...others] = events;
  assert.deepEqual(others, [], "the same failure is reported once");
  assert.ok(event?.event === "list-reload-failed");
  assert.equal(event.reason, "exit code 1");
  assert.match(event.output, /No such file/);
  writeFileSync(gate, "");
  assert.partialDeepStrictEqual(await list.prepare(now()), { error: undefined, repaired: false });
  assert.equal((await list.list()).length, 1);
});

test("reloads keep their distance, and a hanging one ends", async () => {
  const log = newPath();
  const every = duration(300);
  const list = await open({ reload: ["sh", "-c", `date +%s%N >>${log}`], every });
  await list.prepare(now());
  for (let n = 1; n < 4; n++) assert.deepEqual(await list.apply([add(`192.0.2.${n}`)], now()), []);
  await list.apply([add("192.0.2.1")], now());
  const times = readFileSync(log, "utf8").trim().split("\n").map(Number);
  assert.equal(times.length, 4, "one for each change, and one at the start");
  const gaps = times.slice(1).map((time, i) => (time - (times[i] ?? 0)) / 1e6);
  // A process takes some time to start, once more and once less.
  assert.ok(Math.min(...gaps) > 100, gaps.join(" "));

  const hanging = await open({ reload: ["sleep", "60"], timeout: duration(200) });
  const [refusal] = await hanging.apply([add("192.0.2.1")], now());
  assert.match(refusal?.error ?? "", /took longer than 0\.2 s and was stopped/);
});

test("the end of the watch ends the wait for the next reload", async () => {
  const list = await open({ reload: ["true"], every: duration(60_000) });
  const stop = new AbortController();
  const watching = Array.fromAsync(list.watch(stop.signal));
  await list.apply([add("192.0.2.1")], now());
  const applying = list.apply([add("192.0.2.2")], now());
  await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  assert.deepEqual(await applying, []);
  await watching;
});

test("nothing of a template, a path or a program is taken on trust", async () => {
  const bad: readonly (readonly [Partial<DenyFileOptions>, RegExp])[] = [
    [{ format: { template: "deny" } }, /must contain \{ip\} once/],
    [{ format: { template: "{ip} {ip}" } }, /must contain \{ip\} once/],
    [{ format: { template: "deny {ip}\nallow all" } }, /must be a single line/],
    [{ format: { template: "#{ip}" } }, /is a comment/],
    [{ path: "list" }, /not an absolute path/],
    [{ reload: ["no-such-program"] }, /no-such-program was not found/],
  ];
  for (const [options, reason] of bad) {
    const opened = await tryOpen(options);
    assert.ok(!opened.ok);
    assert.match(opened.error.reason, reason);
  }
});

test("a missing folder is named, with what the unit needs", async () => {
  const folder = join(newPath(), "lists");
  const missing = await open({ path: join(folder, "denied.conf") });
  const prepared = await missing.prepare(now());
  assert.equal(prepared.error, `the folder ${folder} is missing`);
  assert.match(prepared.fix ?? "", /^create it, .*ReadWritePaths=/);
  assert.ok(prepared.fix?.includes(`ReadWritePaths=${folder} under [Service]`));
  const [refusal] = await missing.apply([add("192.0.2.1")], now());
  assert.match(refusal?.error ?? "", /is missing: create it/);
  // A list that is gone holds nothing.
  assert.deepEqual(await missing.removeAll(), { ok: true, value: undefined });
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  assert.equal((await missing.prepare(now())).error, undefined);
});

test("removing everything leaves an empty list, which a configuration may still include", async () => {
  const list = await open({ format: "caddy" });
  await list.apply([add("192.0.2.1")], now());
  await list.removeAll();
  assert.match(readFileSync(list.path, "utf8"), /^# Written by bailiff[^\n]*\n$/);
  assert.equal(lstatSync(list.path).mode & 0o777, 0o644);
});
