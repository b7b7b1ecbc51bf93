/** Measures a daemon with every verified filter of the library, and 20 jails whose logs exist. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { countsLogins } from "../src/domain/filter-definition.ts";
import { loadFilters } from "../src/jails/load-filters.ts";
import { failingLine, logOf, startDaemon, stateOf } from "./bench-daemon.ts";
import type { Figure } from "./figure.ts";
import { openNamespace } from "./namespace.ts";
import { footprintOf } from "./program-memory.ts";
import type { Setting } from "./section.ts";
import { median } from "./statistics.ts";

const LIVE = 20;
/** Milliseconds until every check ran once. */
const SETTLE_MS = 35_000;

export async function measureLibraryDaemon({
  quick,
  folder,
  say,
}: Setting): Promise<readonly Figure[]> {
  await using namespace = openNamespace("library");
  const place = join(folder, "library");
  mkdirSync(place);
  writeFileSync(logOf(place), failingLine("203.0.113.7", 1));
  const { filters } = await loadFilters([]);
  const others = [...filters.values()]
    .filter((filter) => countsLogins(filter) && filter.name !== "sshd")
    .map(({ name }) => name);
  for (const name of others.slice(0, LIVE - 1)) writeFileSync(join(place, `${name}.log`), "");
  const jails = others
    .map((name) => `[jails.${name}]\nsource = { file = ["${join(place, `${name}.log`)}"] }\n`)
    .join("");
  const starts: number[] = [];
  const resident: number[] = [];
  for (let n = 0; n < (quick ? 1 : 3); n++) {
    say(`library: start ${n + 1} with ${others.length + 1} jails`);
    rmSync(stateOf(place), { recursive: true, force: true });
    await using daemon = startDaemon({ namespace, folder: place, jails });
    const { at } = await daemon.event("failure");
    starts.push(at - daemon.startedAt);
    await sleep(quick ? 5000 : SETTLE_MS);
    resident.push(footprintOf(daemon.program.pid).resident);
  }
  const held = `${others.length + 1} filters, ${LIVE} jails live`;
  return [
    {
      name: `start -> first jail reading, ${held}`,
      unit: "ms",
      ours: median(starts),
      target: { kind: "limit", most: 700 },
    },
    {
      name: `resident memory, ${held}`,
      unit: "MB",
      ours: median(resident),
      target: { kind: "limit", most: 110 },
    },
  ];
}
