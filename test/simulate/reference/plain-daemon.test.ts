import assert from "node:assert/strict";
import { test } from "node:test";
import type { Difference, Happening } from "../happenings.ts";
import { AUTH_LOG, HOUR, MINUTE, SECOND, SSHD } from "./history.ts";
import { FAULTS, PlainDaemon } from "./plain-daemon.ts";
import { createReferenceModel } from "./reference-model.ts";

const SEEDS = 30;
const STEPS = 400;

test("random histories of a daemon that keeps its promises give no difference", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    assert.deepEqual(play(seed, undefined), [], `seed ${seed}`);
  }
});

for (const fault of FAULTS) {
  test(`random histories show a daemon that ${fault.replace("-", " ")}`, () => {
    let seed = 1;
    while (seed <= SEEDS && play(seed, fault).length === 0) seed++;
    assert.ok(seed <= SEEDS);
  });
}

/** One random history, about a day long; returns the first differences. */
function play(seed: number, fault: string | undefined): readonly Difference[] {
  const random = createRandom(seed);
  const pick = <T>(items: readonly [T, ...T[]]): T => items[random(items.length)] ?? items[0];
  const model = createReferenceModel();
  const daemon = new PlainDaemon(SSHD, fault);
  let now = 0;
  let id = 0;
  let running = true;
  // Three within ten minutes make the jail degraded, which this daemon never says.
  let flushedAt = 0;
  let found: readonly Difference[] = [];
  const happen = (happening: Happening): void => {
    daemon.happened(happening);
    model.happened(happening);
    const differences = model.observed(daemon.observe(now));
    if (found.length === 0) found = differences;
  };
  const fail = (ip: string, again: boolean): void => {
    const login = { service: "sshd", ip, user: "root", outcome: "failed", logged: true } as const;
    happen({ kind: "login", at: now, id: ++id, ...login, stamp: now });
    happen({ kind: "readable", at: now, id, source: AUTH_LOG, again: false });
    if (again) happen({ kind: "readable", at: now, id, source: AUTH_LOG, again: true });
  };
  const order = (command: "ban" | "unban", time?: number): void => {
    const subject = pick(["203.0.113.1", "203.0.113.2", "203.0.113.3"]);
    happen({ kind: "command", at: now, command, jail: undefined, subject, time });
  };
  happen({ kind: "configured", at: now, jails: [SSHD] });
  happen({ kind: "started", at: now });
  for (let step = 0; step < STEPS && found.length === 0; step++) {
    for (const end = now + pick([SECOND, 5 * SECOND, MINUTE, 20 * MINUTE]); now < end; ) {
      now = Math.min(end, now + 20 * SECOND);
      found = [...found, ...model.observed(daemon.observe(now))];
    }
    const ip = pick([
      "203.0.113.1",
      "203.0.113.2",
      "203.0.113.3",
      `2001:db8:0:7::${1 + random(9)}`,
    ]);
    const choice = random(40);
    // Nobody logs in and fails while the ban holds: its packets are dropped.
    const isDropped = daemon
      .observe(now)
      .dropped.some((text) => text === ip || text.endsWith("/64"));
    if (choice < 30 && !isDropped) fail(ip, choice < 5);
    else if (choice < 32 && running) order("unban");
    else if (choice === 32 && running) order("ban", HOUR);
    else if (choice === 33 && now > flushedAt + 6 * MINUTE) {
      flushedAt = now;

      happen({ kind: "firewall", at: now, what: "flushed-ruleset", subjects: [] });
    } else if (choice < 36 && running) {
      running = false;
      happen({ kind: pick(["stopped", "crashed"]), at: now });
    } else if (choice < 38 && !running) {
      running = true;
      happen({ kind: "configured", at: now, jails: [SSHD] });
      happen({ kind: "started", at: now });
    } else if (choice === 38) {
      const step = pick([HOUR, -HOUR, 3 * SECOND, -300]);
      happen({ kind: "clock", at: now, step, zoneStep: 0 });
    } else if (choice === 39 && running) {
      happen({ kind: "configured", at: now, jails: [SSHD] });
    }
  }
  return found;
}

/** Numbers below a limit, the same for the same seed (mulberry32). */
function createRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}
