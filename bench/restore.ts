/**
 * Measures a start with 100,000 recorded bans and 200,000 addresses with failures. Values: the time until every ban is
 * in the kernel, by the kernel's notifications, and the daemon's memory afterwards. fail2ban is measured with fewer
 * bans, because it adds them one by one.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { logOf, startDaemon, stateOf } from "./bench-daemon.ts";
import { measureFail2banBan } from "./fail2ban-bans.ts";
import { countElements } from "./follow-monitor.ts";
import { openNamespace } from "./namespace.ts";
import { prepareBook } from "./prepare-book.ts";
import { type Footprint, footprintOf } from "./program-memory.ts";
import type { Section } from "./section.ts";
import { median } from "./statistics.ts";

const BANS = 100_000;
const TRACKED = 200_000;
const WITHIN_MS = 60_000;
/** Milliseconds until memory that only the start needed is released. */
const SETTLE_MS = 10_000;

interface Restored {
  readonly ms: number;
  /** Milliseconds of a restart after a kill, with every ban in the kernel, until it reports that it protects. */
  readonly again: number;
  readonly memory: Footprint;
}

export const measureRestore: Section = async ({ quick, folder, say }) => {
  const runs: Restored[] = [];
  for (let n = 0; n < (quick ? 1 : 3); n++) {
    say(`restore: ${BANS} bans, start ${n + 1}`);
    runs.push(await restoreOnce(join(folder, `restore-${n}`)));
  }
  const ms = median(runs.map((run) => run.ms));
  const fewer = quick ? 50 : 200;
  say(`restore: ${fewer} bans of fail2ban`);
  const each = await measureFail2banBan(folder, fewer);
  const resident = median(runs.map(({ memory }) => memory.resident));
  const anonymous = median(runs.map(({ memory }) => memory.anonymous));
  const held = `${BANS / 1000}k bans, ${TRACKED / 1000}k tracked`;
  return [
    {
      name: `start -> ${BANS / 1000}k bans in the kernel`,
      unit: "s",
      ours: ms / 1000,
      peer: { name: `fail2ban (${BANS / fewer} x ${fewer} bans)`, value: (each * BANS) / 1000 },
      target: { kind: "limit", most: 2 },
      details: { "fail2ban per ban (ms)": each, starts: runs.length },
    },
    {
      name: `killed, start with ${BANS / 1000}k bans in the kernel -> protecting`,
      unit: "s",
      ours: median(runs.map(({ again }) => again)) / 1000,
      target: { kind: "limit", most: 3 },
    },
    {
      name: `resident memory, ${held}`,
      unit: "MB",
      ours: resident,
      target: { kind: "limit", most: 180 },
    },
    {
      name: `anonymous memory with children, ${held}`,
      unit: "MB",
      ours: anonymous,
      target: { kind: "limit", most: 130 },
      details: {
        "of children (MB)": median(runs.map(({ memory }) => memory.childrenAnonymous)),
        children: runs[0]?.memory.children.join(" ") ?? "",
      },
    },
  ];
};

/** Restores the bans in a new namespace, which is empty as after a reboot. */
async function restoreOnce(folder: string): Promise<Restored> {
  mkdirSync(folder);
  writeFileSync(logOf(folder), "");
  await prepareBook(stateOf(folder), { bans: BANS, failures: TRACKED });
  await using namespace = openNamespace("restore");
  await using counter = await countElements(namespace, BANS);
  await using daemon = startDaemon({ namespace, folder });
  const { last } = await counter.reached(WITHIN_MS);
  await sleep(SETTLE_MS);
  const memory = footprintOf(daemon.program.pid);
  process.kill(daemon.program.pid, "SIGKILL");
  await using second = startDaemon({ namespace, folder });
  const { at } = await second.event("jail-ok", WITHIN_MS);
  return { ms: last - daemon.startedAt, again: at - second.startedAt, memory };
}
