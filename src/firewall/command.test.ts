/** Tests the command enforcer with a real program, which keeps its blocks as files. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { duration } from "../domain/duration.ts";
import { instant } from "../domain/instant.ts";
import { ALL_PORTS } from "../domain/port-scope.ts";
import { openCommand } from "./command.ts";
import { newTool, PROGRAM } from "./command-tool.fixture.ts";
import { add, remove, subject, tcp } from "./enforcer.contract.ts";

function now(): ReturnType<typeof instant> {
  return instant(Date.now());
}

test("each value is one argument, and no shell sees it", async () => {
  const tool = newTool();
  const log = join(tool.folder, "log");
  const print = [
    "{ip}|{address}|{prefix}|{family}",
    "{ports}",
    "$(id) `id` {seconds}s",
    "{until}{{ip}}",
  ];
  const ban = ["sh", "-c", `printf '<%s>' "$@" >>${log}; echo >>${log}`, "sh", ...print];
  const enforcer = await tool.open({ ban });
  const at = instant(Date.UTC(2026, 0, 1));
  await enforcer.apply([add("192.0.2.0/24", tcp(80, 22), instant(at + 1500))], at);
  await enforcer.apply([add("2001:db8::7")], at);
  assert.deepEqual(readFileSync(log, "utf8").trim().split("\n"), [
    "<192.0.2.0/24|192.0.2.0|24|ipv4><tcp/22,tcp/80><$(id) `id` 2s><2026-01-01T00:00:01.500Z{ip}>",
    "<2001:db8::7|2001:db8::7|128|ipv6><all><$(id) `id` 0s><forever{ip}>",
  ]);
});

test("a failed check starts again and bans again", async () => {
  const tool = newTool();
  const enforcer = await tool.open({ parallel: 1 });
  await enforcer.prepare(now());
  await enforcer.apply([add("192.0.2.1"), add("192.0.2.2")], now());
  rmSync(join(tool.folder, "blocks"), { recursive: true });
  assert.partialDeepStrictEqual(await enforcer.prepare(now()), {
    error: undefined,
    repaired: true,
  });
  assert.deepEqual(await enforcer.list(), [], "nothing is claimed to be in force");
  await enforcer.apply([add("192.0.2.1")], now());
  assert.deepEqual(tool.calls(), [
    ...["start ", "check ", "ban 192.0.2.1 all", "ban 192.0.2.2 all"],
    ...["check ", "start ", "check ", "ban 192.0.2.1 all"],
  ]);
});

test("a check that keeps failing is an error, and so is a failing start", async () => {
  const tool = newTool();
  const check = ["sh", "-c", "echo gone >&2; exit 3"];
  const failing = await tool.open({ check });
  assert.equal((await failing.prepare(now())).error, "the check command failed: exit code 3: gone");
  const broken = await tool.open({ start: ["sh", "-c", "exit 4"] });
  assert.equal((await broken.prepare(now())).error, "the start command failed: exit code 4");
});

test("it says that changes by other programs are not announced", async () => {
  const enforcer = await newTool().open();
  const stop = new AbortController();
  const changes = enforcer.watch(stop.signal)[Symbol.asyncIterator]();
  assert.deepEqual((await changes.next()).value, { kind: "monitor-lost", by: undefined });
  const last = changes.next();
  stop.abort();
  assert.equal((await last).done, true);
});

test("a failed ban is refused alone, and may be retried", async () => {
  const tool = newTool();
  const ban = ["sh", "-c", '[ "$1" != 192.0.2.2 ] || { echo no room; exit 1; }', "sh", "{ip}"];
  const enforcer = await tool.open({ ban });
  const bad = add("192.0.2.2");
  assert.deepEqual(await enforcer.apply([add("192.0.2.1"), bad, add("192.0.2.3")], now()), [
    { change: bad, error: "the ban command failed: exit code 1: no room", retryable: true },
  ]);
  assert.deepEqual(
    (await enforcer.list()).map((block) => block.subject),
    ["192.0.2.1", "192.0.2.3"],
  );
  assert.deepEqual(await enforcer.count([subject("192.0.2.2")]), []);
});

test("a command has a bounded time, and few run at the same time", async () => {
  const tool = newTool();
  const hanging = await tool.open({ ban: ["sleep", "60"], timeout: duration(100) });
  const [refusal] = await hanging.apply([add("192.0.2.1")], now());
  assert.match(refusal?.error ?? "", /took longer than 0\.1 s and was stopped/);

  // Each counts the running ones by their files.
  const count = 'd=$1; : >"$d/run-$$"; ls "$d" | grep -c run- >>"$d/counts"; rm "$d/run-$$"';
  const ban = ["sh", "-c", count, "sh", tool.folder, "{ip}"];
  const limited = await tool.open({ ban, parallel: 2 });
  const changes = Array.from({ length: 30 }, (_, n) => add(`192.0.2.${n}`));
  assert.deepEqual(await limited.apply(changes, now()), []);
  const counts = readFileSync(join(tool.folder, "counts"), "utf8").trim().split("\n").map(Number);
  assert.equal(counts.length, 30);
  assert.ok(Math.max(...counts) <= 2, `at most 2, not ${Math.max(...counts)}`);
});

test("the end of the watch ends hanging commands, and lets later ones run", async () => {
  const tool = newTool();
  const started = join(tool.folder, "started");
  const hang = ["sh", "-c", `echo >>${started}; sleep 60`];
  const enforcer = await tool.open({ ban: hang, parallel: 1, stop: ["true"] });
  const stop = new AbortController();
  const watching = Array.fromAsync(enforcer.watch(stop.signal));
  const applying = enforcer.apply([add("192.0.2.1"), add("192.0.2.2")], now());
  while (!existsSync(started)) await new Promise((resolve) => setTimeout(resolve, 10));
  stop.abort();
  assert.deepEqual(
    (await applying).map(({ error }) => error),
    ["the ban command failed: signal SIGTERM", "the ban command failed: not run: its time is over"],
  );
  await watching;
  assert.deepEqual(await enforcer.removeAll(), { ok: true, value: undefined });
});

test("a block beyond the capacity is refused, and fits after a removal", async () => {
  const tool = newTool();
  const enforcer = await tool.open({ capacity: 2 });
  const third = add("192.0.2.3");
  const refusals = await enforcer.apply([add("192.0.2.1"), add("192.0.2.2"), third], now());
  assert.deepEqual(refusals, [{ change: third, error: "it is full (2 blocks)", retryable: true }]);
  assert.deepEqual(await enforcer.apply([third, remove("192.0.2.1")], now()), []);
});

test("blocks of an earlier run are listed, flushed, or removed when asked", async () => {
  const listing = newTool();
  const list = ["sh", PROGRAM, listing.folder, "list"];
  await (await listing.open({ list })).apply([add("192.0.2.1", tcp(22))], now());
  const listed = await (await listing.open({ list })).list();
  assert.partialDeepStrictEqual(listed, [{ subject: "192.0.2.1", scope: "tcp/22" }]);

  const flushing = newTool();
  const flush = ["sh", PROGRAM, flushing.folder, "flush"];
  await (await flushing.open({ flush })).prepare(now());
  assert.deepEqual(flushing.calls(), ["start ", "flush ", "check"]);

  const asking = newTool();
  const enforcer = await asking.open();
  assert.deepEqual(await enforcer.apply([remove("192.0.2.1")], now()), []);
  assert.deepEqual(asking.calls(), ["unban 192.0.2.1 all"]);
});

test("a new end repeats only a command that passes it on", async () => {
  const tool = newTool();
  const later = (seconds: number): ReturnType<typeof instant> => instant(now() + seconds * 1000);
  const lasting = await tool.open();
  await lasting.apply([add("192.0.2.1", ALL_PORTS, later(60))], now());
  await lasting.apply([add("192.0.2.1", ALL_PORTS, later(90))], now());
  assert.deepEqual(tool.calls(), ["ban 192.0.2.1 all"]);
  const ending = await tool.open({ ban: [...tool.commands.ban, "{seconds}"] });
  await ending.apply([add("192.0.2.2", ALL_PORTS, later(60))], now());
  await ending.apply([add("192.0.2.2", ALL_PORTS, later(90))], now());
  assert.equal(tool.calls().filter((call) => call.startsWith("ban 192.0.2.2")).length, 2);
});

test("a list that prints something else is an error, not an empty firewall", async () => {
  const tool = newTool();
  for (const [text, reason] of [
    ["Error: no such table", /printed no address: "Error: no such table"/],
    ["192.0.2.1 tcp/22 x", /printed no address/],
    ["192.0.2.1 22", /printed no address/],
  ] as const) {
    const enforcer = await tool.open({ list: ["echo", text] });
    await assert.rejects(enforcer.list(), reason);
  }
  const fine = await tool.open({
    list: ["printf", "# two\\n\\n192.0.2.1\\n2001:db8::/64 tcp/22\\n"],
  });
  assert.equal((await fine.list()).length, 2);
});

test("a wrong command is refused before anything runs", async () => {
  const tool = newTool();
  for (const [more, reason] of [
    [{ unban: ["no-such-program"] }, /the program of "unban", no-such-program, was not found/],
    [{ ban: [] }, /the program of "ban", , was not found/],
  ] as const) {
    const opened = await openCommand({ ...tool.commands, isAllowed: () => false, ...more });
    assert.ok(!opened.ok);
    assert.match(opened.error.reason, reason);
  }
  assert.deepEqual(tool.calls(), []);
});
