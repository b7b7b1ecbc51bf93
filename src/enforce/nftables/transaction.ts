/**
 * Changes as one nft transaction. Pure: text out.
 *
 * An element that may already be there has to get its new end. Since Linux 6.12 adding it again does that ("refresh"),
 * and its packet counter goes on; older kernels ignore the second add, so it is deleted in between ("replace"), and the
 * counter starts anew. Deleting what may be absent is done by adding it first.
 */
import { LONGEST_HOLD } from "../../domain/enforcer.ts";
import type { Ip } from "../../domain/ip.ts";
import type { Instant, Until } from "../../domain/instant.ts";

/** A change whose set is known and whose address is proven: nothing else may reach nft's parser. */
export interface ElementChange {
  readonly set: string;
  readonly ip: Ip;
  /** "absent": to be removed. */
  readonly until: Until | "absent";
}

export type ReAdd = "refresh" | "replace";

/**
 * The kernel's timeout is the backstop: the daemon's own expiry comes first by this much. It is bounded by LONGEST_HOLD,
 * since nft reads no number of seconds of more than eight digits.
 */
const SLACK_SECONDS = 3;

/** Of several changes to one element the last one counts. */
export function transactionCommands(
  table: string,
  changes: readonly ElementChange[],
  reAdd: ReAdd,
  now: Instant,
): string {
  const sets = new Map<string, Map<Ip, Until | "absent">>();
  for (const { set, ip, until } of changes) {
    const elements = sets.get(set) ?? new Map<Ip, Until | "absent">();
    sets.set(set, elements);
    // An end in the past means gone: the kernel takes no timeout below its tick.
    elements.set(ip, until !== "forever" && until !== "absent" && until <= now ? "absent" : until);
  }
  const commands: string[] = [];
  for (const [set, elements] of sets)
    addCommands(`inet ${table} ${set}`, elements, reAdd, now, commands);
  return commands.join("");
}

function addCommands(
  set: string,
  elements: ReadonlyMap<Ip, Until | "absent">,
  reAdd: ReAdd,
  now: Instant,
  commands: string[],
): void {
  const gone: Ip[] = [];
  const present: string[] = [];
  for (const [ip, until] of elements) {
    if (until === "absent" || reAdd === "replace") gone.push(ip);
    if (until !== "absent")
      present.push(until === "forever" ? ip : `${ip} timeout ${timeout(until, now)}s`);
  }
  if (gone.length > 0) {
    const list = gone.join(",");
    commands.push(`add element ${set} { ${list} }\ndelete element ${set} { ${list} }\n`);
  }
  if (present.length > 0) commands.push(`add element ${set} { ${present.join(",")} }\n`);
}

function timeout(until: Instant, now: Instant): number {
  return Math.ceil(Math.min(until - now, LONGEST_HOLD) / 1000) + SLACK_SECONDS;
}
