/**
 * Collects each jail's failures for the checks of its bans: their addresses and, only on request, the program that
 * wrote the line. Costs the main path one look-up for each failure.
 */
import type { Instant } from "../domain/instant.ts";
import type { Ip } from "../domain/ip.ts";
import { createFailingSources, type FailingSources } from "../health/judge/failing-sources.ts";
import type { Jail } from "../jails/jail.ts";

export interface SeenFailure {
  readonly ip: Ip;
  readonly user: string | undefined;
  readonly at: Instant;
  readonly line: string;
  /** Whether it was read when it was written, so that its writer may still be running. */
  readonly live: boolean;
  /** The proxy that reported the address; undefined: none. */
  readonly proxy: Ip | undefined;
}

export interface FailureSightings<Writer> {
  see(jail: Jail, failure: SeenFailure, now: Instant): void;
  sourcesOf(jail: Jail): FailingSources;
  /**
   * Requests the writer of the next live lines. `find` is called at most once a second. undefined: cancels the request.
   */
  ask(jail: Jail, find: ((line: string) => Writer | undefined) | undefined): void;
  /** Returns the last writer found. */
  writerOf(jail: Jail): Writer | undefined;
}

const PAUSE_MS = 1000;

interface Sighting<Writer> {
  readonly sources: FailingSources;
  find: ((line: string) => Writer | undefined) | undefined;
  askedAt: number;
  writer: Writer | undefined;
}

/** Creates the collection. `found` is called when the writer of a jail's lines becomes known. */
export function createFailureSightings<Writer>(found: () => void): FailureSightings<Writer> {
  const sightings = new WeakMap<Jail, Sighting<Writer>>();

  function of(jail: Jail): Sighting<Writer> {
    return sightings.getOrInsertComputed(jail, () => ({
      sources: createFailingSources(),
      find: undefined,
      askedAt: Number.NEGATIVE_INFINITY,
      writer: undefined,
    }));
  }

  return {
    see(jail, { ip, user, at, line, live, proxy }, now) {
      const sighting = of(jail);
      sighting.sources.add(ip, { user, proxy }, at);
      if (!live || sighting.find === undefined || now - sighting.askedAt < PAUSE_MS) return;
      sighting.askedAt = now;
      const known = sighting.writer !== undefined;
      sighting.writer = sighting.find(line) ?? sighting.writer;
      if (!known && sighting.writer !== undefined) found();
    },
    sourcesOf: (jail) => of(jail).sources,
    ask(jail, find) {
      of(jail).find = find;
    },
    writerOf: (jail) => of(jail).writer,
  };
}
