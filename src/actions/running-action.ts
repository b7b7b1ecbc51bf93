import type { BanFacts } from "./ban-tags.ts";

/** undefined: it did what it was asked, or had nothing to do. */
export type Failure = { readonly command: string; readonly reason: string } | undefined;

export type BanCommand = "ban" | "unban" | "reban" | "prolong";

/**
 * An action of one jail while it runs. Whoever asks keeps the order: nothing else is under way during start, flush, stop
 * and reload, and of one address only one ban command. No call rejects; each ends within the action's time-out times the
 * few commands it may take.
 */
export interface RunningAction {
  /** Bans of before the start are nothing to it. */
  readonly norestored: boolean;
  /** It has a way to end all bans at once. */
  readonly flushes: boolean;
  /** Whether anything is done for such a command. */
  does(command: BanCommand): boolean;
  start(): Promise<Failure>;
  run(command: BanCommand, facts: BanFacts): Promise<Failure>;
  flush(): Promise<Failure>;
  reload(): Promise<Failure>;
  stop(): Promise<Failure>;
}
