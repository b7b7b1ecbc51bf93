import type { BanFacts } from "./ban-tags.ts";

/** undefined: the command succeeded, or there was nothing to do. */
export type Failure = { readonly command: string; readonly reason: string } | undefined;

export type BanCommand = "ban" | "unban" | "reban" | "prolong";

/**
 * A running action of one jail. The caller keeps the order: nothing else runs during start, flush, stop and reload, and
 * only one ban command per address. No call rejects; each ends within the action's time-out times the few commands it
 * may run.
 */
export interface RunningAction {
  /** Skips bans that were in force before the start. */
  readonly norestored: boolean;
  /** Can end all bans with one command. */
  readonly flushes: boolean;
  /** Whether the action has such a command. */
  does(command: BanCommand): boolean;
  start(): Promise<Failure>;
  run(command: BanCommand, facts: BanFacts): Promise<Failure>;
  flush(): Promise<Failure>;
  reload(): Promise<Failure>;
  stop(): Promise<Failure>;
}
