import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../config/parse-config.ts";
import type { AlarmClock } from "../domain/clock.ts";
import { type Instant, instant } from "../domain/instant.ts";
import type { SourceStatus } from "../domain/line-source.ts";
import { createJail } from "../jails/jail.ts";
import { emptyFilter } from "../jails/by-hand.ts";
import { openBook } from "../record/open-book.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import type { WatchedJail } from "./jail-check.ts";
import { Proofs } from "./proofs.ts";

const NOW = instant(Date.parse("2026-11-30T12:00:00Z"));
const clock: AlarmClock = {
  now: (): Instant => NOW,
  monotonic: (): number => 0,
  alarm: () => ({ set: () => undefined, clear: () => undefined }),
  sleep: async () => "aborted",
};

/** A jail that only observes, so no proof is missing from it; `state` is that of its log. */
async function observingJail(): Promise<(state: SourceStatus["state"]) => WatchedJail> {
  const source = { kind: "file", files: ["/var/log/auth.log"] } as const;
  const text = `[jails.sshd]\nenforcer = "memory"\nsource = { file = ["${source.files[0]}"] }\n`;
  const paths = { state: "/state", socket: "/socket" };
  const parsed = await parseConfig([{ path: "b.toml", text }], { paths, ports: new Map() });
  const config = parsed.ok ? parsed.value.jails[0] : undefined;
  assert.ok(config !== undefined, JSON.stringify(parsed));
  const filter = { name: "sshd", variant: "sshd", programs: ["sshd"], rules: [], recordRules: [] };
  const live = {
    jail: createJail(config, { ...filter, mode: "normal" }),
    definition: emptyFilter("sshd"),
    search: { source, looked: [] },
  };
  const counts = { lines: 0, cutLines: 0, lastLineAt: undefined, reason: undefined };
  return (state) => ({ live, source: { kind: "file", where: "auth.log", state, ...counts } });
}

test("no state is reported while a jail's log is being opened", async () => {
  const events: TelemetryEvent[] = [];
  const emit = (event: TelemetryEvent): void => void events.push(event);
  await using book = openBook({ path: ":memory:", clock, emit });
  const jailIn = await observingJail();
  let watched = jailIn("opening");
  let changes = 0;
  const proofs = new Proofs({
    ...{ checks: [], jails: () => [watched], sayFix: (_jail, fix) => fix, book, clock, emit },
    isRestoring: () => false,
    onChange: () => changes++,
  });
  for (const state of ["opening", "reading", "opening", "reading"] as const) {
    watched = jailIn(state);
    proofs.refresh();
    assert.equal(proofs.judge(watched).state, state === "opening" ? "starting" : "observing");
    assert.equal(changes, events.length);
  }
  assert.deepEqual(events, [
    { event: "jail-ok", jail: "sshd", state: "observing", before: undefined },
  ]);
  await proofs.close();
});
