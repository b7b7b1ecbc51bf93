/**
 * Port for clients of fail2ban's protocol, in that program's words and units. The caller has checked the grammar of a
 * command and that its jail exists; the implementer throws a CommandError, with a text for people, when it refuses.
 */
import type { PickleValue } from "./pickle-value.ts";

export interface CommandPort {
  readonly version: string;
  /** In the order they are listed. */
  jails(): readonly string[];
  view(jail: string): JailView | undefined;
  /** In the order they were made. */
  bans(jail: string): readonly BanView[];
  /** How many of them were not banned before. */
  ban(jail: string, ids: readonly string[]): Promise<number>;
  /** Of one jail or of all. What was lifted, once for each jail. */
  unban(jail: string | undefined, ids: readonly string[] | "all"): Promise<readonly string[]>;
  /** Counts a failure for each line, or one without any; false: the address is exempt. */
  attempt(jail: string, id: string, lines: readonly string[]): Promise<boolean>;
  /** Holds until the next reload. */
  change(jail: string, change: JailChange): Promise<void>;
  /** By the name of the option. */
  settings(): ReadonlyMap<string, PickleValue>;
  changeSetting(option: string, value: PickleValue): Promise<void>;
  /** One that lives until the next reload, and reads nothing until it is started. */
  addJail(jail: string, backend: string): Promise<void>;
  startJail(jail: string): Promise<void>;
  stopJail(jail: string): Promise<void>;
  /** Reads the configuration again. */
  reload(): Promise<void>;
  /** Ends the daemon after the answer is sent. */
  stop(): Promise<void>;
  /** What was done, in a few words. */
  flushLogs(): string;
}

export interface JailView {
  /** The source of lines, as fail2ban's `backend`. */
  readonly backend: string;
  readonly failed: Counted;
  readonly banned: Counted;
  /** undefined: it reads the journal. */
  readonly files: readonly string[] | undefined;
  /** Fields of each alternative. */
  readonly journal: readonly (readonly string[])[];
  /** What `get JAIL OPTION` answers; undefined: the option does not exist or has no value. */
  readonly option: (name: string) => PickleValue | undefined;
  readonly actions: readonly ActionView[];
  readonly idle: boolean;
}

export interface Counted {
  readonly current: number;
  /** Since the start. */
  readonly total: number;
}

export interface ActionView {
  readonly name: string;
  readonly properties: ReadonlyMap<string, PickleValue>;
}

/** Seconds since 1970; `length` in seconds, or -1 when it never ends. */
export interface BanView {
  readonly id: string;
  readonly from: number;
  readonly length: number;
}

/**
 * One option of a jail. set: it becomes `values[0]`. add, remove: of an option that is a list; what is removed from
 * expressions is named by its number. Of "action" the values are its name; when set, a key and its text as well; when
 * added, for one of Python its file and its options as JSON.
 */
export interface JailChange {
  readonly option: string;
  readonly how: "set" | "add" | "remove";
  readonly values: readonly string[];
}
