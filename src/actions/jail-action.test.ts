/** An action of a jail that bans more at once than its queue holds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JailConfig } from "../config/config.ts";
import { parseConfig } from "../config/parse-config.ts";
import type { Ban } from "../domain/ban.ts";
import { ipFromBits } from "../domain/ip.ts";
import { instant } from "../domain/instant.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import type { RunShell } from "../host/process/run-shell.ts";
import { openBook } from "../record/open-book.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { loadFilterCompiler } from "../jails/compile-any-filter.ts";
import { compileJails } from "../jails/compile-jails.ts";
import type { CompiledJail } from "../jails/compile-jails.ts";
import { loadFilters, SHIPPED_FILTERS } from "../jails/load-filters.ts";
import { openJailAction } from "./jail-action.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));
const clock = { now: () => NOW, monotonic: () => 0 };
const COUNT = 12_000;

async function liveJail(): Promise<{ live: CompiledJail; config: JailConfig }> {
  const { filters } = await loadFilters([SHIPPED_FILTERS]);
  const compile = await loadFilterCompiler(filters.values());
  const text = `[[jails.sshd.actions]]\nname = "tell"\nban = "ban <ip>"\nunban = "unban <ip>"\n`;
  const paths = { state: "/state", socket: "/socket" };
  const parsed = await parseConfig([{ path: "test", text }], { paths, ports: new Map() });
  assert.ok(parsed.ok);
  const [compiled] = compileJails(parsed.value.jails, { filters, compile }, []).jails;
  assert.ok(compiled !== undefined);
  return { live: compiled, config: compiled.jail.config };
}

test("bans the queue has no room for are told when it has, but for those that ended", async () => {
  const { live, config } = await liveJail();
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const [setting] = config.actions;
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
  const subjects = Array.from({ length: COUNT }, (_, i) =>
    ipFromBits(0x0a000000n + BigInt(i), "ipv4"),
  );
  const bans = subjects.map(
    (subject): Ban => ({
      ...{ subject, jail: live.jail.name, scope: live.jail.policy.scope, from: NOW },
      ...{ until: "forever", origin: "manual", reason: "", rule: "", failures: 0, escalation: 0 },
    }),
  );
  book.commit({ steps: bans.map((ban) => ({ kind: "ban", ban, who: "test" })), cursors: [] });
  for (const subject of subjects) action.begin("ban", subject);
  const last = subjects.at(-1);
  assert.ok(last !== undefined);
  action.end(last);
  letRun();
  for (let turn = 0; turn < 100_000 && ran.length < COUNT - 1; turn++)
    await new Promise((resolve) => setImmediate(resolve));
  assert.equal(new Set(ran).size, COUNT - 1);
  assert.equal(ran.length, COUNT - 1);
  assert.ok(!ran.includes(`ban ${last}`));
  assert.deepEqual(events, []);
});
