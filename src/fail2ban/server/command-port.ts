/**
 * Interface between fail2ban's protocol and the daemon, in fail2ban's terms and units. The caller has checked a
 * command's syntax and that its jail exists. The implementation throws a CommandError with a readable text to refuse a
 * command.
 */
import type { PickleValue } from "./pickle-value.ts";

export interface CommandPort {
  readonly version: string;
  /** Names of jails, in the order to list them. */
  jails(): readonly string[];
  view(jail: string): JailView | undefined;
  /** Returns the bans of a jail, oldest first. */
  bans(jail: string): readonly BanView[];
  /** Bans ids; returns how many were not banned before. */
  ban(jail: string, ids: readonly string[]): Promise<number>;
  /** Lifts bans of one jail or of all. Returns the lifted ids, once for each jail. */
  unban(jail: string | undefined, ids: readonly string[] | "all"): Promise<readonly string[]>;
  /** Counts one failure for each line, or one if there are no lines; returns false if the address is exempt. */
  attempt(jail: string, id: string, lines: readonly string[]): Promise<boolean>;
  /** Changes an option of a jail until the next reload. */
  change(jail: string, change: JailChange): Promise<void>;
  /** Returns global options by name. */
  settings(): ReadonlyMap<string, PickleValue>;
  changeSetting(option: string, value: PickleValue): Promise<void>;
  /** Adds a jail until the next reload. It reads nothing until it is started. */
  addJail(jail: string, backend: string): Promise<void>;
  startJail(jail: string): Promise<void>;
  stopJail(jail: string): Promise<void>;
  /** Reloads the configuration. */
  reload(): Promise<void>;
  /** Stops the daemon after the answer was sent. */
  stop(): Promise<void>;
  /** Reopens the log; returns what was done, in a few words. */
  flushLogs(): string;
}

export interface JailView {
  /** Value for fail2ban's `backend`. */
  readonly backend: string;
  readonly failed: Counted;
  readonly banned: Counted;
  /** undefined: the jail reads the journal. */
  readonly files: readonly string[] | undefined;
  /** Fields of each alternative journal match. */
  readonly journal: readonly (readonly string[])[];
  /** Returns the answer to `get JAIL OPTION`; undefined: the option does not exist or has no value. */
  readonly option: (name: string) => PickleValue | undefined;
  readonly actions: readonly ActionView[];
  readonly idle: boolean;
}

export interface Counted {
  readonly current: number;
  /** Number since the start. */
  readonly total: number;
}

export interface ActionView {
  readonly name: string;
  readonly properties: ReadonlyMap<string, PickleValue>;
}

/** A ban. Times in seconds since 1970; `length` in seconds, or -1 for a permanent ban. */
export interface BanView {
  readonly id: string;
  readonly from: number;
  readonly length: number;
}

/**
 * A change of one option. "set": the option becomes `values[0]`. "add", "remove": changes a list; an expression to
 * remove is given by its index. For option "action", `values` is its name; for "set" also a key and its text; for "add"
 * of a Python action also its file and its options as JSON.
 */
export interface JailChange {
  readonly option: string;
  readonly how: "set" | "add" | "remove";
  readonly values: readonly string[];
}
