/**
 * What was said over the socket: of jails until the configuration is read again, of the daemon as a whole until it ends.
 */
import type { PickleValue } from "../pickle-value.ts";
import type { LiveJail } from "../../../pipeline/live-jail.ts";
import type { Texts } from "./texts.ts";

export interface SpokenOfJails {
  /** Jails that are paused, as they were. */
  readonly idle: Map<string, LiveJail>;
  /** Jails that were added and not started yet. */
  readonly unstarted: Map<string, LiveJail>;
  /** Options that have no other place, by jail. */
  readonly texts: Map<string, Texts>;
}

export interface Spoken {
  /** `reading` counts how often the configuration was read. */
  of(reading: number): SpokenOfJails;
  readonly said: Map<string, PickleValue>;
}

export function createSpoken(): Spoken {
  let since = 0;
  let jails = nothingSaid();
  return {
    of(reading) {
      if (reading !== since) jails = nothingSaid();
      since = reading;
      return jails;
    },
    said: new Map(),
  };
}

function nothingSaid(): SpokenOfJails {
  return { idle: new Map(), unstarted: new Map(), texts: new Map() };
}
