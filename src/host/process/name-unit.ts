/**
 * Finds the systemd unit of a program that changed the firewall and ended before /proc could be read. For example,
 * nftables.service runs nft for a few milliseconds. Asks systemd which of the units that load rulesets just changed
 * state, or ran that process.
 */
import { existsSync } from "node:fs";
import type { Author } from "../../domain/author.ts";
import { findProgram } from "./find-program.ts";
import { runProgram } from "./run-program.ts";

/** Units that load or flush whole rulesets. */
const RULE_UNITS = [
  "nftables.service",
  "netfilter-persistent.service",
  "iptables.service",
  "ip6tables.service",
  "firewalld.service",
  "ufw.service",
  "shorewall.service",
  "ferm.service",
  "docker.service",
];
const RECENT_US = 3_000_000;
const LIMIT_MS = 1000;
const PROPERTIES = "Id,StateChangeTimestampMonotonic,ExecStart,ExecStop,ExecReload";

/**
 * Maximum number of queries in a burst. Each starts a program, so programs that change the firewall in a tight loop must
 * not cause one for each change.
 */
const MAX_BURST = 20;
const REFILL_MS = 1000;

export type NameUnit = (author: Author) => Promise<Author>;

/** Creates the search. Returns no unit for queries over the rate limit. `monotonic` in milliseconds. */
export function createUnitNames(monotonic: () => number, ask: NameUnit = nameUnit): NameUnit {
  let left = MAX_BURST;
  let countedAt = monotonic();
  return async (author) => {
    if (author.unit !== undefined) return author;
    const now = monotonic();
    left = Math.min(MAX_BURST, left + (now - countedAt) / REFILL_MS);
    countedAt = now;
    if (left < 1) return author;
    left--;
    return await ask(author);
  };
}

/** Returns `author` itself if it has a unit, or none is found. */
async function nameUnit(author: Author): Promise<Author> {
  if (author.unit !== undefined || !existsSync("/run/systemd/system")) return author;
  const systemctl = findProgram("systemctl");
  if (systemctl === undefined) return author;
  const asked = await runProgram({
    argv: [systemctl, "show", "--property", PROPERTIES, ...RULE_UNITS],
    input: "",
    timeoutMilliseconds: LIMIT_MS,
  });
  if (!asked.ok) return author;
  const now = Number(process.hrtime.bigint() / 1000n);
  return { ...author, unit: unitIn(asked.output, author.pid, now) };
}

/** Finds the unit in the output of systemctl. `now`: microseconds of the monotonic clock. */
export function unitIn(shown: string, pid: number | undefined, now: number): string | undefined {
  const units = shown.split(/\n{2,}/).map((text) => ({
    id: /^Id=(.+)$/m.exec(text)?.[1],
    changed: Number(/^StateChangeTimestampMonotonic=(\d+)$/m.exec(text)?.[1] ?? 0),
    pids: [...text.matchAll(/[{;] pid=(\d+) ;/g)].map(([, number]) => Number(number)),
  }));
  const ran = units.find(({ pids }) => pid !== undefined && pid !== 0 && pids.includes(pid));
  const changed = units.filter(
    (unit) => unit.changed > 0 && Math.abs(now - unit.changed) <= RECENT_US,
  );
  // If several changed at the same time, the unit is unknown.
  return ran?.id ?? (changed.length === 1 ? changed[0]?.id : undefined);
}
