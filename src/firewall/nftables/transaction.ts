/**
 * Plans what one transaction does to each set, and formats it as nft commands. Pure.
 *
 * An element that may already exist has to get its new end. Since Linux 6.12, adding it again does that ("refresh") and
 * keeps its packet counter. Older kernels ignore the second add, so it is deleted in between ("replace"), which resets
 * the counter. An element that may be missing is added before it is deleted.
 */
import { MAX_HOLD } from "../../domain/enforcer.ts";
import type { Ip } from "../../domain/ip.ts";
import type { Instant, Until } from "../../domain/instant.ts";

/** A change with a known set and a validated address: nothing else may reach nft's parser. */
export interface ElementChange {
  readonly set: string;
  readonly ip: Ip;
  /** The new end of the element; "absent": remove it. */
  readonly until: Until | "absent";
}

export type ReAdd = "refresh" | "replace";

/**
 * Seconds by which the kernel's time-out exceeds the daemon's own expiry, which comes first. The time-out is bounded by
 * MAX_HOLD, because nft reads no number of seconds of more than eight digits.
 */
const SLACK_SECONDS = 3;

/** The changes of one set: `gone` is removed first, then `present` is added. */
export interface SetTransaction {
  readonly set: string;
  readonly gone: readonly Ip[];
  readonly present: readonly Ip[];
  /** Timeout of each present element, in whole seconds; undefined: permanent. */
  readonly timeouts: readonly (number | undefined)[];
}

/** Plans the changes of each set. Of several changes to one element the last one counts. */
export function planTransaction(
  changes: readonly ElementChange[],
  reAdd: ReAdd,
  now: Instant,
): readonly SetTransaction[] {
  const sets = new Map<string, Map<Ip, Until | "absent">>();
  for (const { set, ip, until } of changes) {
    const elements = sets.getOrInsertComputed(set, () => new Map());
    // An end in the past means removal, because the kernel accepts no time-out below its tick.
    elements.set(ip, until !== "forever" && until !== "absent" && until <= now ? "absent" : until);
  }
  return [...sets].map(([set, elements]) => planSet(set, elements, reAdd, now));
}

function planSet(
  set: string,
  elements: ReadonlyMap<Ip, Until | "absent">,
  reAdd: ReAdd,
  now: Instant,
): SetTransaction {
  const gone: Ip[] = [];
  const present: Ip[] = [];
  const timeouts: (number | undefined)[] = [];
  for (const [ip, until] of elements) {
    if (until === "absent" || reAdd === "replace") gone.push(ip);
    if (until === "absent") continue;
    present.push(ip);
    timeouts.push(until === "forever" ? undefined : timeout(until, now));
  }
  return { set, gone, present, timeouts };
}

export function transactionCommands(table: string, plan: readonly SetTransaction[]): string {
  const commands = plan.map(({ set, gone, present, timeouts }) => {
    const target = `inet ${table} ${set}`;
    const left = gone.join(",");
    const held = present.map((ip, i) =>
      timeouts[i] === undefined ? ip : `${ip} timeout ${timeouts[i]}s`,
    );
    const remove = `add element ${target} { ${left} }\ndelete element ${target} { ${left} }\n`;
    const add = `add element ${target} { ${held.join(",")} }\n`;
    return (gone.length > 0 ? remove : "") + (held.length > 0 ? add : "");
  });
  return commands.join("");
}

function timeout(until: Instant, now: Instant): number {
  return Math.ceil(Math.min(until - now, MAX_HOLD) / 1000) + SLACK_SECONDS;
}
