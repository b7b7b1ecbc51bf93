/**
 * Keeps the active canaries, and identifies their matches before anything is counted. These are matches with the
 * address that the canary dials from and its one-time user. Both are chosen for each flight, so other clients that call
 * themselves a canary are counted as usual.
 *
 * A flight ends by itself after FLIGHT_MS: then nothing waits for its lines any more. They are recognized for
 * REMEMBERED_MS, because a log may be late, or read again in another place. Bounded: MAX_FLIGHTS, dropping the oldest
 * first. Costs the main path one comparison while no canary is active.
 */
import * as v from "valibot";
import type { Attempt } from "../detect/attempts.ts";
import type { AlarmClock } from "../domain/clock.ts";
import { type Ip, parseIp } from "../domain/ip.ts";
import type { JailName } from "../domain/jail-name.ts";
import type { Match } from "../domain/match.ts";
import { detachString } from "../domain/detach-string.ts";
import type { StateStore } from "../record/state-store.ts";
import { parseJson } from "../domain/json.ts";

export interface Canary {
  /** The user name: at least 96 random bits. */
  readonly user: string;
  /** The source address of its lines: an address of this host, or a reserved one in a marked line. */
  readonly from: Ip;
  /** shared: others may use the address as well. own: it was chosen at random for this flight. */
  readonly address: "own" | "shared";
}

/** A line of the canary that a filter recognized. */
export interface CanaryMatch {
  readonly kind: Match["kind"];
  readonly rule: string;
  readonly counts: number;
  /** Jails that would have counted the attempt. */
  readonly jails: readonly JailName[];
}

export interface Flight {
  /** Returns the first few lines with the canary's name that a source of the jail delivered, as they arrived. */
  lines(jail: JailName): readonly string[];
  matches(): readonly CanaryMatch[];
  /** Returns other addresses with which its user name occurred. They are counted as usual, but reported. */
  strays(): readonly Ip[];
  /** Resolves with true once `done` returns true after an observation, with false after `milliseconds`. */
  until(done: () => boolean, milliseconds: number): Promise<boolean>;
}

export const FLIGHT_MS = 60_000;
/** A day: the usual maximum time that a jail reads back. */
const REMEMBERED_MS = 86_400_000;
const MAX_FLIGHTS = 16;
const MAX_LINE_LENGTH = 500;
const MAX_LINES = 8;
const MAX_MATCHES = 32;
const MAX_STRAYS = 4;
const NAME = "canaries";

interface Flying {
  readonly canary: Canary;
  /** End of the flight on the monotonic clock. Its lines are recognized for longer. */
  readonly until: number;
  readonly lines: { readonly text: string; readonly jails: readonly JailName[] }[];
  readonly matches: CanaryMatch[];
  readonly strays: Set<Ip>;
  readonly watchers: Set<() => void>;
}

export class CanaryWatch {
  readonly #clock: AlarmClock;
  readonly #stateStore: StateStore;
  #known: readonly Flying[];

  constructor(clock: AlarmClock, stateStore: StateStore) {
    this.#clock = clock;
    this.#stateStore = stateStore;
    this.#known = recall(clock, stateStore);
  }

  release(canary: Canary): Flight {
    const flight = begin(canary, this.#clock.monotonic() + FLIGHT_MS);
    const remembered = this.#known.filter((one) => this.#isRemembered(one));
    this.#known = [...remembered, flight].slice(-MAX_FLIGHTS);
    this.#save();
    return {
      lines: (jail) =>
        flight.lines.flatMap(({ text, jails }) => (jails.includes(jail) ? [text] : [])),
      matches: () => flight.matches,
      strays: () => [...flight.strays],
      until: (done, milliseconds) => waitFor(this.#clock, flight, done, milliseconds),
    };
  }

  /** Saves the flights, so that a daemon that is killed in between still recognizes them when it resumes. */
  #save(): void {
    const toWallClock = this.#clock.now() - this.#clock.monotonic();
    const ends = this.#known.map(({ canary, until }) => ({
      ...canary,
      until: until + toWallClock,
    }));
    this.#stateStore.save(NAME, JSON.stringify(ends));
  }

  #isRemembered({ until }: Flying): boolean {
    return until + REMEMBERED_MS > this.#clock.monotonic();
  }

  /** Inspects every batch of lines of every source. `jails`: those that read the source. */
  see(text: string, jails: Iterable<{ readonly name: JailName }>): void {
    for (const flight of this.#known) {
      if (flight.until <= this.#clock.monotonic()) continue;
      const before = flight.lines.length;
      for (const line of linesWith(text, flight.canary.user, MAX_LINES - before))
        flight.lines.push({ text: line, jails: Array.from(jails, ({ name }) => name) });
      if (flight.lines.length > before) tell(flight);
    }
  }

  /** Returns whether the attempt is a canary's, so that it must not be counted. */
  takes(
    jails: readonly { readonly name: JailName }[],
    match: Match,
    { ip, user, counts }: Attempt,
  ): boolean {
    if (this.#known.length === 0) return false;
    const flight = this.#known.find((one) => isOf(one.canary, ip, user) && this.#isRemembered(one));
    if (flight === undefined) {
      this.#noteStray(ip, user);
      return false;
    }
    if (flight.matches.length < MAX_MATCHES) {
      const { kind, rule } = match;
      flight.matches.push({ kind, rule, counts, jails: jails.map(({ name }) => name) });
    }
    tell(flight);
    return true;
  }

  #noteStray(ip: Ip | undefined, user: string | undefined): void {
    const named = this.#known.find(({ canary }) => canary.user === user);
    if (ip !== undefined && named !== undefined && named.strays.size < MAX_STRAYS)
      named.strays.add(detachString(ip));
  }
}

function begin(canary: Canary, until: number): Flying {
  const empty = { matches: [], strays: new Set<Ip>(), watchers: new Set<() => void>() };
  return { canary, until, lines: [], ...empty };
}

function* linesWith(text: string, name: string, most: number): Iterable<string> {
  let from = 0;
  for (let found = 0; found < most; found++) {
    const at = text.indexOf(name, from);
    if (at < 0) return;
    const start = text.lastIndexOf("\n", at) + 1;
    const end = text.indexOf("\n", at);
    yield detachString(text.slice(start, Math.min(end, start + MAX_LINE_LENGTH)));
    from = end;
  }
}

/**
 * Returns whether a line belongs to a canary. Lines of its connection without a user name do only if the address is not
 * shared.
 */
function isOf(canary: Canary, ip: Ip | undefined, user: string | undefined): boolean {
  if (ip !== canary.from) return false;
  return user === canary.user || (user === undefined && canary.address === "own");
}

function tell({ watchers }: Flying): void {
  for (const watcher of [...watchers]) watcher();
}

function waitFor(
  clock: AlarmClock,
  flight: Flying,
  done: () => boolean,
  milliseconds: number,
): Promise<boolean> {
  if (done()) return Promise.resolve(true);
  return new Promise((resolve) => {
    const alarm = clock.alarm(() => end(false));
    const look = (): void => {
      if (done()) end(true);
    };
    const end = (seen: boolean): void => {
      alarm.clear();
      flight.watchers.delete(look);
      resolve(seen);
    };
    alarm.set(milliseconds);
    flight.watchers.add(look);
  });
}

const KEPT = v.array(
  v.object({
    user: v.string(),
    from: v.string(),
    address: v.picklist(["own", "shared"]),
    until: v.number(),
  }),
);

function recall(clock: AlarmClock, stateStore: StateStore): readonly Flying[] {
  const kept = v.safeParse(KEPT, parseJson(stateStore.load(NAME) ?? "[]"));
  if (!kept.success) return [];
  return kept.output.slice(-MAX_FLIGHTS).flatMap(({ user, from, address, until }) => {
    const ip = parseIp(from);
    const left = Math.min(until - clock.now(), FLIGHT_MS);
    if (ip === undefined || left <= -REMEMBERED_MS) return [];
    const ends = clock.monotonic() + left;
    const canary: Canary = { user, from: ip, address };
    return [begin(canary, ends)];
  });
}
