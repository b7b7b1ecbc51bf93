/** Tests the states of an action with a fake shell that records commands. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ActionSetting } from "../config/kinds/shell-action-setting.ts";
import { parseSubject } from "../domain/cidr.ts";
import { duration } from "../domain/duration.ts";
import type { BanFacts } from "./ban-tags.ts";
import type { ShellRun } from "../host/process/run-shell.ts";
import type { RunningAction } from "./running-action.ts";
import { ShellAction } from "./shell-action.ts";

function facts(ip: string | undefined): BanFacts {
  return {
    jail: "j",
    subject: ip === undefined ? undefined : parseSubject(ip),
    time: 1,
    bantime: 600,
    failures: 5,
    restored: false,
    bancount: () => 1,
    matches: () => [],
    captured: () => new Map(),
    history: () => ({ failures: 0, lines: [] }),
    tally: () => ({ banned: 0, bannedTotal: 0, found: 0, foundTotal: 0 }),
    host: () => ({ full: "h.example.org", short: "h" }),
  };
}

const FOUR = facts("192.0.2.1");
const SIX = facts("2001:db8::1");

interface Recorded {
  readonly action: RunningAction;
  /** Commands that ran since the last call. */
  readonly said: () => readonly string[];
  readonly repaired: string[];
}

/** Commands in `fails` fail, once for each entry. */
function record(
  setting: Partial<ActionSetting>,
  fails: string[] = [],
  how: "exit code 1" | "late" = "exit code 1",
): Recorded {
  let runs: string[] = [];
  const repaired: string[] = [];
  const runShell = ({ script, variables }: ShellRun): ReturnType<typeof execute> => {
    const text = script.replace(/"?\$\{(\w+)\}"?/g, (_all, name: string) => variables[name] ?? "");
    return execute(text);
  };
  const execute = async (text: string) => {
    runs.push(text);
    await Promise.resolve();
    const at = fails.indexOf(text);
    if (at >= 0) fails.splice(at, 1);
    const ok = at < 0;
    return {
      ok,
      how: ok ? "exit code 0" : how,
      timedOut: !ok && how === "late",
      output: "",
      error: "",
    };
  };
  const action = new ShellAction({
    setting: {
      name: "a",
      commands: {},
      properties: {},
      python: undefined,
      timeout: duration(1000),
      norestored: false,
      start_on_demand: undefined,
      repair_on_unban: false,
      exclusive: undefined,
      ...setting,
    },
    runShell,
    signal: new AbortController().signal,
    factsWithoutBan: () => facts(undefined),
    onRepaired: (family) => repaired.push(family),
  });
  const said = (): readonly string[] => {
    const before = runs;
    runs = [];
    return before;
  };
  return { action, said, repaired };
}

const PLAIN = {
  commands: {
    ...{ start: "start", stop: "stop", check: "check", ban: "ban <ip>", unban: "unban <ip>" },
    ...{ flush: "flush", reload: "reload" },
  },
};

test("without families: started once, flushed and stopped once", async () => {
  const { action, said } = record(PLAIN);
  await action.start();
  await action.run("unban", FOUR);
  await action.flush();
  assert.deepEqual(said(), ["start"], "nothing was banned, so nothing is to be undone");
  await action.run("ban", FOUR);
  await action.run("ban", SIX);
  await action.run("unban", FOUR);
  await action.reload();
  await action.flush();
  await action.flush();
  await action.stop();
  await action.stop();
  assert.deepEqual(said(), [
    ...["ban 192.0.2.1", "ban 2001:db8::1", "unban 192.0.2.1", "reload", "flush", "stop"],
  ]);
});

test("with families: started by the first ban of each family, and each is stopped", async () => {
  const { action, said } = record({
    commands: {
      start: "start <t>",
      stop: "stop <t>",
      ban: "<t> <ip> <family>",
      flush: "flush <t>",
    },
    properties: { t: "four", "t?family=inet6": "<s>", s: "six" },
  });
  await action.start();
  assert.deepEqual(said(), []);
  await action.run("ban", SIX);
  await action.run("ban", SIX);
  assert.deepEqual(said(), ["start six", "six 2001:db8::1 inet6", "six 2001:db8::1 inet6"]);
  await action.run("ban", FOUR);
  assert.deepEqual(said(), ["start four", "four 192.0.2.1 inet4"]);
  await action.flush();
  await action.stop();
  assert.deepEqual(said(), ["flush six", "flush four", "stop six", "stop four"]);
});

test("if the start fails, the ban command does not run", async () => {
  const { action, said } = record({ ...PLAIN, start_on_demand: true }, ["start"]);
  assert.deepEqual(await action.run("ban", FOUR), { command: "start", reason: "exit code 1" });
  assert.deepEqual(said(), ["start"]);
  assert.equal(await action.run("ban", FOUR), undefined);
  assert.deepEqual(said(), ["start", "ban 192.0.2.1"]);
});

test("a failed command is retried once if check succeeds or is missing, but not after a time-out", async () => {
  const ban = "ban 192.0.2.1";
  const well = record(PLAIN, [ban]);
  assert.equal(await well.action.run("ban", FOUR), undefined);
  assert.deepEqual(well.said(), [ban, "check", ban]);
  const missing = record({ commands: { ban: "ban <ip>" } }, [ban, ban]);
  assert.deepEqual(await missing.action.run("ban", FOUR), {
    command: "ban",
    reason: "exit code 1",
  });
  assert.deepEqual(missing.said(), [ban, ban]);
  const late = record({ commands: { ban: "ban <ip>" } }, [ban], "late");
  assert.deepEqual(await late.action.run("ban", FOUR), { command: "ban", reason: "late" });
  assert.deepEqual(late.said(), [ban]);
});

test("a failed check leads to a repair, or stop and start; then all bans are passed again", async () => {
  const ban = "ban 192.0.2.1";
  const restarted = record(PLAIN, [ban, "check", "stop"]);
  await restarted.action.start();
  assert.equal(await restarted.action.run("ban", FOUR), undefined);
  assert.deepEqual(restarted.said(), ["start", ban, "check", "stop", "start", "check", ban]);
  assert.deepEqual(restarted.repaired, [""]);
  const commands = { ...PLAIN.commands, repair: "repair" };
  const mended = record({ commands }, [ban, "check"]);
  assert.equal(await mended.action.run("ban", FOUR), undefined);
  assert.deepEqual(mended.said(), [ban, "check", "repair", "check", ban]);
  const hopeless = record({ commands }, [ban, "check", "repair"]);
  const failure = await hopeless.action.run("ban", FOUR);
  assert.deepEqual(failure, {
    command: "ban",
    reason: "exit code 1; then repair failed: exit code 1",
  });
  assert.deepEqual(hopeless.said(), [ban, "check", "repair"]);
  assert.deepEqual(hopeless.repaired, []);
});

test("a failing unban repairs nothing unless repair_on_unban is set", async () => {
  const unban = "unban 192.0.2.1";
  const usual = record(PLAIN, [unban, "check"]);
  await usual.action.run("ban", FOUR);
  usual.said();
  assert.deepEqual(await usual.action.run("unban", FOUR), {
    command: "unban",
    reason: "exit code 1",
  });
  assert.deepEqual(usual.said(), [unban, "check"]);
  const wished = record({ ...PLAIN, repair_on_unban: true }, [unban, "check"]);
  await wished.action.run("ban", FOUR);
  wished.said();
  assert.equal(await wished.action.run("unban", FOUR), undefined);
  assert.deepEqual(wished.said(), [unban, "check", "stop", "start", "check", unban]);
});

test("a missing reban command is replaced by ban; a missing prolong does nothing", async () => {
  const { action, said } = record(PLAIN);
  assert.ok(action.does("reban") && !action.does("prolong"));
  await action.run("reban", FOUR);
  await action.run("prolong", FOUR);
  assert.deepEqual(said(), ["ban 192.0.2.1"]);
  const own = record({ commands: { ...PLAIN.commands, reban: "again <ip>" } });
  await own.action.run("reban", FOUR);
  assert.deepEqual(own.said(), ["again 192.0.2.1"]);
});

test("properties that refer to themselves are reported as a failure", async () => {
  const { action, said } = record({ commands: { ban: "<a>" }, properties: { a: "<b>", b: "<a>" } });
  const failure = await action.run("ban", FOUR);
  assert.match(failure?.reason ?? "", /refers to itself/);
  assert.deepEqual(said(), []);
});
