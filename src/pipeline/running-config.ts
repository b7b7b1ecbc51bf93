/**
 * Holds the configuration in force and its jails, for all readers. `live-config.ts` is the only writer. The composition
 * root creates it first, so that readers need not wait for the writer.
 */
import type { Config } from "../config/config.ts";
import type { JailName } from "../domain/jail-name.ts";
import type { LiveJail } from "./live-jail.ts";
import type { Loaded } from "../jails/load-all.ts";

export interface RunningConfig {
  readonly config: Config;
  readonly filters: Loaded["filters"];
  readonly found: Loaded["found"];
  /** The imported fail2ban directory. */
  readonly fail2ban: Loaded["fail2ban"];
  /**
   * Number of times the configuration was read. The changes of `adjust` apply only to the reading for which they were
   * made.
   */
  readonly reading: number;
  readonly jails: readonly LiveJail[];
}

export type WritableConfig = { -readonly [Key in keyof RunningConfig]: RunningConfig[Key] };

/** Creates the holder, without jails. */
export function createRunningConfig({ config, filters, found, fail2ban }: Loaded): WritableConfig {
  return { config, filters, found, fail2ban, reading: 1, jails: [] };
}

export function jailNamed({ jails }: RunningConfig, name: JailName): LiveJail | undefined {
  return jails.find(({ jail }) => jail.name === name);
}
