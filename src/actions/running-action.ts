import type { BanFacts } from "./ban-tags.ts";

/** The command that failed and why; undefined: success, or nothing to do. */
export type Failure = { readonly command: string; readonly reason: string } | undefined;

export type BanCommand = "ban" | "unban" | "reban" | "prolong";

/**
 * A running action of one jail. The caller keeps the order: nothing else runs during start, flush, stop and reload, and
 * only one ban command per address. No call rejects. A call may run a few commands, each limited by the action's
 * time-out.
 */
export interface RunningAction {
  /** Whether the action skips bans that were in force before its start. */
  readonly norestored: boolean;
  /** Whether one command can end all bans. */
  readonly flushes: boolean;
  /** Reports whether the action defines this command. */
  does(command: BanCommand): boolean;
  start(): Promise<Failure>;
  run(command: BanCommand, facts: BanFacts): Promise<Failure>;
  flush(): Promise<Failure>;
  reload(): Promise<Failure>;
  stop(): Promise<Failure>;
}
