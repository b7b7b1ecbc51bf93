import type { SourceStatus } from "../../../domain/line-source.ts";
import type { Fail2banJail } from "../../config/read-directory.ts";
import type { LiveJail } from "../../../pipeline/live-jail.ts";
import type { Texts } from "./texts.ts";

/** A jail with the facts that fail2ban's protocol reports. */
export interface JailFacts {
  readonly live: LiveJail;
  readonly status: SourceStatus | undefined;
  /** The jail of the fail2ban directory from which it was converted. */
  readonly fail2ban: Fail2banJail | undefined;
  /** Options that clients set over the socket and that have no effect except in answers. */
  readonly overrides: Texts;
  readonly bans: { readonly current: number; readonly total: number };
  readonly idle: boolean;
}
