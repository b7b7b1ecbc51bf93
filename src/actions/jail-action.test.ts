/** An action of a jail that makes more simultaneous bans than its queue can hold. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JailConfig } from "../config/config.ts";
import { parseConfig } from "../config/parse-config.ts";
import type { Ban } from "../domain/ban.ts";
import type { Subject } from "../domain/cidr.ts";
import { ipFromBits } from "../domain/ip.ts";
import { instant } from "../domain/instant.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import type { RunShell } from "../host/process/run-shell.ts";
import { openBook } from "../record/open-book.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { loadFilterCompiler } from "../jails/compile-any-filter.ts";
import { compileJails } from "../jails/compile-jails.ts";
import type { CompiledJail } from "../jails/compile-jails.ts";
import { openLibrary } from "../jails/load-filters.ts";
import { openJailAction } from "./jail-action.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));
const clock = { now: () => NOW, monotonic: () => 0 };
const COUNT = 12_000;

async function liveJail(): Promise<{ live: CompiledJail; config: JailConfig }> {
  const { filters } = await (await openLibrary([])).read(["sshd"]);
  const compile = await loadFilterCompiler(filters.values());
  const text = `[[jails.sshd.actions]]\nname = "tell"\nban = "ban <ip>"\nunban = "unban <ip>"\n`;
  const paths = { state: "/state", socket: "/socket" };
  const parsed = await parseConfig([{ path: "test", text }], { paths, ports: new Map() });
  assert.ok(parsed.ok);
  const [compiled] = compileJails(parsed.value.jails, { filters, compile }, []).jails;
  assert.ok(compiled !== undefined);
  return { live: compiled, config: compiled.jail.config };
}

interface Held extends AsyncDisposable {
  readonly action: ReturnType<typeof openJailAction>;
  readonly book: ReturnType<typeof openBook>;
  readonly events: readonly TelemetryEvent[];
  /** Commands that ran, after `letRun`. */
  readonly ran: string[];
  readonly letRun: () => void;
  readonly subjects: readonly Subject[];
  /** Puts the bans into the book, and notifies the action. */
  ban(subjects: readonly Subject[]): void;
  /** Lifts them. */
  lift(subjects: readonly Subject[]): void;
  until(condition: () => boolean): Promise<void>;
}

async function hold(count: number): Promise<Held> {
  const { live, config } = await liveJail();
  const book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const [setting] = config.actions.tables;
  assert.ok(setting !== undefined);
  const events: TelemetryEvent[] = [];
  const ran: string[] = [];
  let letRun = (): void => undefined;
  const held = new Promise<void>((resolve) => (letRun = resolve));
  const runShell: RunShell = async ({ script, variables }) => {
    await held;
    ran.push(`${script.split(" ")[0]} ${variables["f2bV_ip"]}`);
    return { ok: true, how: "exit code 0", timedOut: false, output: "", error: "" };
  };
  const action = openJailAction({
    ...{ book, clock, live, setting, runShell, turn: undefined },
    emit: (event) => void events.push(event),
    signal: new AbortController().signal,
    bannedTotal: () => 0,
  });
  const subjects = Array.from({ length: count }, (_, i) =>
    ipFromBits(0x0a000000n + BigInt(i), "ipv4"),
  );
  const { name } = live.jail;
  const banOf = (subject: Subject): Ban => ({
    ...{ subject, jail: name, scope: live.jail.policy.scope, from: NOW },
    ...{ until: "forever", origin: "manual", reason: "", rule: "", failures: 0, escalation: 0 },
  });
  return {
    ...{ action, book, events, ran, subjects },
    letRun: () => letRun(),
    ban(some) {
      const steps = some.map((one) => ({ kind: "ban", ban: banOf(one), who: "test" }) as const);
      book.commit({ steps, cursors: [] });
      for (const subject of some) action.begin("ban", subject);
    },
    lift(some) {
      for (const subject of some) {
        book.close({ subject, jail: name }, { who: "test", reason: "" }, NOW);
        action.end(subject);
      }
    },
    async until(condition) {
      for (let turn = 0; turn < 1_000_000 && !condition(); turn++)
        await new Promise((resolve) => setImmediate(resolve));
      assert.ok(condition());
    },
    [Symbol.asyncDispose]: () => book[Symbol.asyncDispose](),
  };
}

test("bans beyond the queue's bound run when it has room, except those that ended", async () => {
  await using held = await hold(COUNT);
  const { subjects, ran } = held;
  held.ban(subjects);
  const last = subjects.at(-1);
  assert.ok(last !== undefined);
  held.action.end(last);
  held.letRun();
  await held.until(() => ran.length >= COUNT - 1);
  assert.equal(new Set(ran).size, COUNT - 1);
  assert.equal(ran.length, COUNT - 1);
  assert.ok(!ran.includes(`ban ${last}`));
  assert.deepEqual(held.events, []);
});

test("a ban lifted before its command ran is never passed on; if the command ran, the unban command runs", async () => {
  await using held = await hold(80);
  const { subjects, ran } = held;
  held.ban(subjects);
  // The action is started, and four run at a time.
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  held.lift(subjects);
  held.letRun();
  await held.until(() => ran.filter((one) => one.startsWith("unban")).length === 4);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(
    ran.toSorted(),
    [
      ...["ban", "unban"].flatMap((word) => subjects.slice(0, 4).map((ip) => `${word} ${ip}`)),
    ].toSorted(),
  );
});
