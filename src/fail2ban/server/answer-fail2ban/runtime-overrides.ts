/**
 * Stores what clients change over the socket. Changes of jails last until the next reload, those of the daemon until it
 * stops.
 */
import type { PickleValue } from "../pickle-value.ts";
import type { LiveJail } from "../../../pipeline/live-jail.ts";
import type { Texts } from "./texts.ts";

export interface JailOverrides {
  /** Paused jails. */
  readonly idle: Map<string, LiveJail>;
  /** Jails that were added but not started. */
  readonly unstarted: Map<string, LiveJail>;
  /** By jail: options that have no effect except in answers. */
  readonly texts: Map<string, Texts>;
}

export interface RuntimeOverrides {
  /**
   * Returns the overrides of jails. `reading`: number of times the configuration was read; a new value drops the
   * overrides.
   */
  of(reading: number): JailOverrides;
  readonly settings: Map<string, PickleValue>;
}

export function createRuntimeOverrides(): RuntimeOverrides {
  let since = 0;
  let jails = noOverrides();
  return {
    of(reading) {
      if (reading !== since) jails = noOverrides();
      since = reading;
      return jails;
    },
    settings: new Map(),
  };
}

function noOverrides(): JailOverrides {
  return { idle: new Map(), unstarted: new Map(), texts: new Map() };
}
