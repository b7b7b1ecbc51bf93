/**
 * Detects from repairs of the firewall that another program damages it repeatedly. One flush is repaired and reported;
 * a program that does it regularly leaves a gap each time, which an administrator must fix.
 */
import { amount } from "../domain/amount.ts";
import { type Author, nameAuthor } from "../domain/author.ts";
import { type Duration, duration } from "../domain/duration.ts";
import { formatInstant, type Instant } from "../domain/instant.ts";

/** A repair after another program's change. */
export interface Repair {
  readonly at: Instant;
  readonly by: Author | undefined;
  /** Number of blocks that had to be restored. */
  readonly missing: number;
  /** Whether table, chain, rules or sets had to be re-created. */
  readonly structure: boolean;
  /** Time from the notice of the change to the end of the repair. */
  readonly took: Duration;
}

export interface Repeated {
  readonly evidence: string;
  readonly fix: string;
  readonly at: Instant;
}

/** Number of repairs kept for `judgeRepairs`. */
export const KEPT_REPAIRS = 64;
const WINDOW: Duration = duration(600_000);
const MIN_REPAIRS = 3;

/**
 * Returns undefined if the firewall was not damaged often enough. `repairs` are oldest first; `isWatched`: whether the
 * enforcer observes changes. If it does not, it is unknown whether a program removed bans or the service dropped them.
 */
export function judgeRepairs(
  repairs: readonly Repair[],
  now: Instant,
  isWatched: boolean,
): Repeated | undefined {
  const recent = repairs.filter(({ at }) => now - at < WINDOW);
  const last = recent.at(-1);
  if (last === undefined || recent.length < MIN_REPAIRS) return undefined;
  if (!isWatched && recent.every(({ by }) => by === undefined))
    return {
      evidence:
        `bans were missing ${timesOf(recent)} within 10 minutes and were added again each time, ` +
        `the last at ${formatInstant(last.at)}; who removes them is unknown`,
      fix: "find out whether another program or person changes the list, or whether it drops entries that it accepted",
      at: last.at,
    };
  const names = new Map<string, number>();
  for (const { by } of recent) {
    const name = by === undefined ? UNKNOWN : nameAuthor(by);
    names.set(name, (names.get(name) ?? 0) + 1);
  }
  const ranked = [...names].sort(([, a], [, b]) => b - a);
  const who = ranked
    .slice(0, MAX_NAMED)
    .map(([name, times]) => `${name} (${amount(times, "time")})`);
  const evidence =
    `other programs broke the firewall ${timesOf(recent)} within 10 minutes and it was repaired each time, ` +
    `the last at ${formatInstant(last.at)}: ${who.join(", ")}`;
  // If a program ended before it was looked up, only its name is known.
  const known =
    recent.findLast(({ by }) => (by?.unit ?? by?.parent) !== undefined)?.by ??
    recent.findLast(({ by }) => by !== undefined)?.by;
  return { evidence, fix: fixFor(known), at: last.at };
}

function timesOf({ length }: readonly Repair[]): string {
  return length === KEPT_REPAIRS ? `${KEPT_REPAIRS} times or more` : amount(length, "time");
}

const UNKNOWN = "a program the kernel did not name";
const MAX_NAMED = 3;

function fixFor(by: Author | undefined): string {
  if (by === undefined) return "see who changes the rules: nft monitor names each program";
  const advice = `let it delete its own tables instead of "flush ruleset"`;
  if (by.unit?.endsWith(".service") === true)
    return `see what ${by.unit} runs (systemctl cat ${by.unit}); ${advice}`;
  return `find out what starts ${nameAuthor(by)}; ${advice}`;
}
