/**
 * Counts for the statistics what needs no call for each line: unrecognized lines, and when each jail was able to count.
 * Runs in every round, and saves the statistics in some of them.
 */
import type { BanBook } from "../domain/ban-book.ts";
import type { Clock } from "../domain/clock.ts";
import type { Instant } from "../domain/instant.ts";
import type { JailName } from "../domain/jail-name.ts";
import { riseFrom } from "../domain/rise-from.ts";
import { DAEMON_RUN } from "../domain/stats.ts";
import type { Firewall } from "../firewall/firewall.ts";
import type { WatchedJail } from "../health/jail-check.ts";
import type { Proofs } from "../health/proofs.ts";
import type { Jail } from "../jails/jail.ts";

export interface StatsRoundsOptions {
  readonly book: Pick<BanBook, "stats">;
  readonly clock: Clock;
  readonly firewall: Pick<Firewall, "enforcersFor">;
  readonly proving: { readonly proofs: Pick<Proofs, "judge"> };
  readonly watched: () => readonly WatchedJail[];
}

/** Number of rounds between two saves, five minutes. A killed daemon loses what it counted in that time. */
const SAVE_EVERY = 10;
/** Maximum difference of the clocks between two rounds; beyond it the wall clock was stepped. */
const MAX_DIFFERENCE_MS = 2000;

export class StatsRounds {
  readonly #options: StatsRoundsOptions;
  /** Unrecognized lines of each jail at the last look. */
  readonly #lines = new Map<JailName, number>();
  #round = 0;
  #lookedAt: { readonly wall: Instant; readonly monotonic: number } | undefined;

  constructor(options: StatsRoundsOptions) {
    this.#options = options;
  }

  /** Counts since the last look. */
  look(): void {
    const { book, watched } = this.#options;
    const jails = watched();
    for (const { live } of jails) this.#countLines(live.jail);
    this.#noteRuns(jails);
    if (this.#round % SAVE_EVERY === 0) book.stats.save();
    this.#round++;
  }

  #countLines({ name, unrecognized }: Jail): void {
    const lines = riseFrom(this.#lines.get(name) ?? 0, unrecognized);
    this.#lines.set(name, unrecognized);
    this.#options.book.stats.count({ jail: name, rule: "" }, "unrecognized", lines);
  }

  #noteRuns(jails: readonly WatchedJail[]): void {
    const { book, clock } = this.#options;
    const [to, monotonic] = [clock.now(), clock.monotonic()];
    const before = this.#lookedAt;
    this.#lookedAt = { wall: to, monotonic };
    if (before === undefined) return;
    const { wall: from } = before;
    const difference = to - from - (monotonic - before.monotonic);
    // Over a step of the clock, it is unknown which hours have passed.
    if (to <= from || Math.abs(difference) > MAX_DIFFERENCE_MS) return;
    const runs = jails.flatMap((jail) => this.#runOf(jail));
    for (const run of runs) book.stats.noteRun({ ...run, from, to });
    const countsDrops = runs.some((run) => run.countsDrops);
    book.stats.noteRun({ jail: DAEMON_RUN, countsDrops, from, to });
  }

  /** A jail that is blind, or opens its log, does not know how many failures there are. */
  #runOf(
    watched: WatchedJail,
  ): readonly { readonly jail: string; readonly countsDrops: boolean }[] {
    const { firewall, proving } = this.#options;
    const { name } = watched.live.jail;
    const { state } = proving.proofs.judge(watched);
    if (state === "blind" || state === "starting") return [];
    const enforcers = firewall.enforcersFor(name);
    return [{ jail: name, countsDrops: enforcers.some((one) => one.abilities?.counts === true) }];
  }
}
