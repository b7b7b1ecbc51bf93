import type { BookedBan, Origin } from "./ban.ts";
import type { Subject } from "./cidr.ts";
import type { JailName } from "./jail-name.ts";

/** Selects one page of current bans, in an order. */
export interface BanQuery {
  /** Selects bans with this text in their subject, jail, rule or reason; upper and lower case are equal. */
  readonly text?: string | undefined;
  /** Selects bans that share an address with this subject. */
  readonly near?: Subject | undefined;
  readonly jail?: JailName | undefined;
  readonly origin?: Origin | undefined;
  readonly sort: "address" | "from" | "until";
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
}

export interface FoundBans {
  /** Number of bans that the query selects on all pages. */
  readonly found: number;
  readonly bans: readonly BookedBan[];
}
