/** Measures an idle daemon: the time until its first jail reads, memory, and processor time per minute. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { copyCheckout } from "./copy-checkout.ts";
import { type DaemonPlace, failingLine, logOf, startDaemon, stateOf } from "./bench-daemon.ts";
import { type Namespace, openNamespace } from "./namespace.ts";
import { footprintOf, processorTimeOf } from "./program-memory.ts";
import type { Section, Setting } from "./section.ts";
import { median } from "./statistics.ts";

/** Milliseconds until every check ran once, and loaded what later runs reuse. */
const SETTLE_MS = 35_000;
const PAUSE_MS = 1000;

export const measureIdle: Section = async (setting) => {
  await using namespace = openNamespace("idle");
  const folder = join(setting.folder, "idle");
  mkdirSync(folder);
  writeFileSync(logOf(folder), failingLine("203.0.113.7", 1));
  const first = await measureFirstStart(namespace, setting, folder);
  const starts = await measureStarts({ namespace, folder }, setting);
  await using daemon = startDaemon({ namespace, folder });
  await daemon.event("jail-started");
  await sleep(setting.quick ? 5000 : SETTLE_MS);
  const { pid } = daemon.program;
  const seconds = setting.quick ? 10 : 60;
  setting.say(`idle: ${seconds} s of nothing`);
  const before = processorTimeOf(pid);
  const began = performance.now();
  await sleep(seconds * 1000);
  const used = (processorTimeOf(pid) - before) / ((performance.now() - began) / 1000);
  const memory = footprintOf(pid);
  return [
    {
      name: "start -> first jail reading",
      unit: "ms",
      ours: median(starts),
      target: { kind: "limit", most: 400 },
      details: { starts: starts.length, "slowest (ms)": Math.max(...starts) },
    },
    {
      name: "first start of a new installation -> reading",
      unit: "ms",
      ours: first,
      target: { kind: "limit", most: 400 },
    },
    {
      name: "resident memory, idle",
      unit: "MB",
      ours: memory.resident,
      target: { kind: "limit", most: 90 },
    },
    {
      name: "anonymous memory with children, idle",
      unit: "MB",
      ours: memory.anonymous,
      target: { kind: "limit", most: 40 },
      details: {
        "of children (MB)": memory.childrenAnonymous,
        children: memory.children.join(" "),
      },
    },
    {
      name: `processor time, idle for ${seconds} s`,
      unit: "%",
      ours: used * 100,
      // The measured time includes all checks.
      target: { kind: "limit", most: 0.5 },
    },
  ];
};

/** Measures one start. It is complete when a failure that is already in the log is reported. */
async function startOnce(place: DaemonPlace): Promise<number> {
  rmSync(stateOf(place.folder), { recursive: true, force: true });
  await using daemon = startDaemon(place);
  const { at } = await daemon.event("failure");
  await sleep(PAUSE_MS);
  return at - daemon.startedAt;
}

async function measureStarts(
  place: DaemonPlace,
  { quick, say }: Setting,
): Promise<readonly number[]> {
  const times: number[] = [];
  say("idle: starting again and again");
  for (let n = 0; n < (quick ? 3 : 10); n++) times.push(await startOnce(place));
  return times;
}

/** Measures the first start of a fresh copy of this checkout. */
async function measureFirstStart(
  namespace: Namespace,
  { folder, say }: Setting,
  place: string,
): Promise<number> {
  say("idle: the first start of a new installation");
  const root = join(folder, "checkout");
  copyCheckout(root);
  return await startOnce({ namespace, folder: place, root });
}
