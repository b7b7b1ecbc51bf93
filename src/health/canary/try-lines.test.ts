/** The lines of a self-test arrive only if a source of the tested jail delivers them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { duration } from "../../domain/duration.ts";
import { parseIp } from "../../domain/ip.ts";
import { type JailName, parseJailName } from "../../domain/jail-name.ts";
import { systemClock } from "../../host/system-clock.ts";
import { type Canary, CanaryWatch } from "../../pipeline/canary-watch.ts";
import { openBook } from "../../record/open-book.ts";
import { createStateStore } from "../../record/state-store.ts";
import type { Attempted } from "./attempt-login.ts";
import { createStepLog } from "./self-test-steps.ts";
import { tryLines } from "./try-lines.ts";

function jailName(text: string): JailName {
  const name = parseJailName(text);
  assert.ok(name !== undefined);
  return name;
}

/** Time is over as soon as it is waited for. */
const CLOCK = {
  ...systemClock,
  alarm: (onRing: () => unknown) => ({ set: () => void onRing(), clear: () => undefined }),
};

/** Tests the jail "app", which reads `file`; a source of `reader` delivers the line that was sent through syslog. */
async function tryWith(file: string, reader: string) {
  await using book = openBook({ path: ":memory:", clock: CLOCK, emit: () => undefined });
  const canaries = new CanaryWatch(CLOCK, createStateStore(book));
  const log = createStepLog(systemClock, duration(60_000), new AbortController().signal);
  const from = parseIp("198.51.100.7");
  assert.ok(from !== undefined);
  const canary: Canary = { user: "bailiff-canary-abcdefghij", from, address: "shared" };
  const attempt = async (): Promise<Attempted> => {
    const flight = canaries.release(canary);
    canaries.see(`app[1]: login failed for ${canary.user}\n`, [{ name: jailName(reader) }]);
    const finding = { outcome: "proven", evidence: "a marked line was sent" } as const;
    return { finding, flight, canary, port: undefined };
  };
  const jail = { name: jailName("app"), config: { filter: "app", mode: "normal", maxretry: 5 } };
  const live = { jail, search: { source: { kind: "file", files: [file] } } } as never;
  await tryLines({ log, live, canaries, attempt, clock: CLOCK, where: file });
  return Object.fromEntries(log.reports().map(({ step, outcome }) => [step, outcome]));
}

test("a line in the log of another jail did not arrive in this one", async () => {
  const steps = await tryWith("/var/log/messages", "sshd");
  assert.partialDeepStrictEqual(steps, {
    attempt: "proven",
    arrive: "failed",
    match: "not-reached",
  });
});

test("no rule is blamed for a line that a service would write itself", async () => {
  const steps = await tryWith("/var/log/app/app.log", "sshd");
  const untested = { arrive: "impossible", match: "impossible", count: "impossible" };
  assert.partialDeepStrictEqual(steps, untested);
});

test("a line in such a log that no rule matches is a failure of the rules", async () => {
  const steps = await tryWith("/var/log/app/app.log", "app");
  assert.partialDeepStrictEqual(steps, { arrive: "proven", match: "failed" });
});
