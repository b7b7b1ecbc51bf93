/**
 * Knows the canaries that fly at present, and is asked by the main path before anything is counted: a match is a
 * canary's own when it comes from the very address that the canary dials from and names the canary's one-time user.
 * Both are chosen anew for each flight, so whoever merely calls himself a canary is counted like anybody else.
 *
 * A flight ends by itself after FLIGHT_MS: then nobody waits for its lines any more. They stay its own for REMEMBERED_MS,
 * since a log may come late, or be read again at another place. Bounded: MOST_FLIGHTS, the oldest goes first. Costs the
 * main path one comparison while nothing flies.
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
  /** Where its lines come from: an address of this host, or a reserved one in a marked line. */
  readonly from: Ip;
  /** shared: others may come from there as well. own: an address that was chosen for this flight at random. */
  readonly address: "own" | "shared";
}

/** A line of the canary that a filter recognized. */
export interface CanaryMatch {
  readonly kind: Match["kind"];
  readonly rule: string;
  readonly counts: number;
  /** Jails that would have counted it. */
  readonly jails: readonly JailName[];
}

export interface Flight {
  /** The lines that name the canary, as they came; the first few. */
  lines(): readonly string[];
  matches(): readonly CanaryMatch[];
  /** Other addresses that its user was seen with: counted like anybody's, but worth a word. */
  strays(): readonly Ip[];
  /** Resolves when `done` holds after something was seen, false after `milliseconds`. */
  until(done: () => boolean, milliseconds: number): Promise<boolean>;
}

export const FLIGHT_MS = 60_000;
/** A day: the longest time a jail usually looks back. */
const REMEMBERED_MS = 86_400_000;
const MOST_FLIGHTS = 16;
const LONGEST_LINE = 500;
const MOST_LINES = 8;
const MOST_MATCHES = 32;
const MOST_STRAYS = 4;
const NAME = "canaries";

interface Flying {
  readonly canary: Canary;
  /** When it ends, on the monotonic clock; its lines stay its own for longer. */
  readonly until: number;
  readonly lines: string[];
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
    this.#known = [...remembered, flight].slice(-MOST_FLIGHTS);
    this.#save();
    return {
      lines: () => flight.lines,
      matches: () => flight.matches,
      strays: () => [...flight.strays],
      until: (done, milliseconds) => waitFor(this.#clock, flight, done, milliseconds),
    };
  }

  /** A daemon that is killed meanwhile still knows them when it reads on. */
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

  /** Takes every batch of lines of every source. */
  see(text: string): void {
    for (const flight of this.#known) {
      if (flight.until <= this.#clock.monotonic()) continue;
      const before = flight.lines.length;
      for (const line of linesWith(text, flight.canary.user, MOST_LINES - before))
        flight.lines.push(line);
      if (flight.lines.length > before) tell(flight);
    }
  }

  /** Whether the attempt is a canary's own, and so nobody's failure. */
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
    if (flight.matches.length < MOST_MATCHES) {
      const { kind, rule } = match;
      flight.matches.push({ kind, rule, counts, jails: jails.map(({ name }) => name) });
    }
    tell(flight);
    return true;
  }

  #noteStray(ip: Ip | undefined, user: string | undefined): void {
    const named = this.#known.find(({ canary }) => canary.user === user);
    if (ip !== undefined && named !== undefined && named.strays.size < MOST_STRAYS)
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
    yield detachString(text.slice(start, Math.min(end, start + LONGEST_LINE)));
    from = end;
  }
}

/** Lines of its connection that name no user are its own only where nobody else comes from. */
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
  return kept.output.slice(-MOST_FLIGHTS).flatMap(({ user, from, address, until }) => {
    const ip = parseIp(from);
    const left = Math.min(until - clock.now(), FLIGHT_MS);
    if (ip === undefined || left <= -REMEMBERED_MS) return [];
    const ends = clock.monotonic() + left;
    const canary: Canary = { user, from: ip, address };
    return [begin(canary, ends)];
  });
}
