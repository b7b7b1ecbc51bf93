/** Finds failed logins in lines that one filter recognizes and the jail's own expressions do not. */
import type { Instant } from "../../../domain/instant.ts";
import type { Ip } from "../../../domain/ip.ts";
import { localOffset } from "../../../host/time-zone.ts";
import type { LiveJail } from "../../../pipeline/live-jail.ts";
import type { Filter } from "../../../parse/filter/compile-filter.ts";
import { createLineRouter } from "../../../parse/route/line-router.ts";
import { createEntryTest } from "../../../source/journal/journal-sender.ts";
import type { NewestLines } from "./read-newest-lines.ts";

export interface MissedFailures {
  readonly failures: number;
  /** The address that failed most often. */
  readonly ip: Ip;
  /** Name of the filter that finds them. */
  readonly filter: string;
  /** The newest such line. */
  readonly line: string;
}

const MAX_LINE_LENGTH = 200;

/**
 * Returns failures that would have reached maxretry; undefined: none. "recognized": the expressions find failures in
 * these lines too, so what they leave out may be intended.
 */
export function findMissed(
  live: LiveJail,
  other: Filter,
  batches: readonly NewestLines[],
  now: Instant,
): MissedFailures | "recognized" | undefined {
  const { jail } = live;
  const failed = new Map<Ip, number>();
  let [line, isRecognized] = ["", false];
  const router = createLineRouter(routesOf(live, other), localOffset);
  for (const { text, fields } of batches) {
    router.route({ text, fields, arrival: "live", cursor: undefined }, now, {
      matched(entry, { kind, counting, ip, user, repeated }, { start, end }) {
        if (entry === OWN) isRecognized = true;
        // Only a failed login names an account: stock filters pass over connections that sshd drops, for example.
        else if (kind === "failure" && counting === "each" && ip !== undefined && user) {
          failed.set(ip, (failed.get(ip) ?? 0) + repeated);
          line = text.slice(start, end).slice(0, MAX_LINE_LENGTH);
        }
      },
      unrecognized() {},
    });
  }
  if (isRecognized) return "recognized";
  const [worst] = [...failed].sort(([, a], [, b]) => b - a);
  if (worst === undefined || worst[1] < jail.config.maxretry) return undefined;
  const failures = [...failed.values()].reduce((sum, count) => sum + count, 0);
  return { failures, ip: worst[0], filter: other.name, line };
}

const OWN = 0;

function routesOf({ jail, search }: LiveJail, other: Filter) {
  const { source } = search;
  const accepts = source?.kind === "journal" ? createEntryTest(source.matches) : undefined;
  return [
    { filter: jail.filter, accepts },
    { filter: other, accepts: undefined },
  ];
}
