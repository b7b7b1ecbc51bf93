/** Counts failures that rules recognize but that count against no subject, because they have no address. */
import { amount } from "../domain/amount.ts";
import { type Instant, instant } from "../domain/instant.ts";
import type { Match } from "../domain/match.ts";

export interface Unaddressed {
  /** Number of such failures since the start. */
  failures: number;
  /** Host name in the newest such failure; undefined: none. */
  host: string | undefined;
  at: Instant;
}

/** Host names are cut to this many characters: the log may contain any text there. */
const MAX_SHOWN = 60;

/** Reports whether a failure has no address and cannot get one from other lines of a session. */
export function isUnaddressed(match: Match, ip: string | undefined): boolean {
  return ip === undefined && (match.host !== undefined || match.session === 0);
}

export function noteUnaddressed(before: Unaddressed | undefined, match: Match): Unaddressed {
  const failures = (before?.failures ?? 0) + match.repeated;
  const host = match.host?.slice(0, MAX_SHOWN);
  return { failures, host, at: instant(Math.max(before?.at ?? 0, match.at)) };
}

/**
 * Returns, for example, "40 failures recognized, none with an address: the last one contains "evil.example.com", which is
 * not looked up".
 */
export function describeUnaddressed({
  failures,
  host,
}: Pick<Unaddressed, "failures" | "host">): string {
  const recognized = `${amount(failures, "failure")} recognized, none with an address`;
  return host === undefined
    ? `${recognized}: their lines name none, and nothing joins them to a line that does`
    : `${recognized}: the last one contains "${host}", which is not looked up`;
}

export function fixUnaddressed({ host }: Pick<Unaddressed, "host">): string {
  return host === undefined
    ? "have the rule read the address from the line of the failure, or join both lines with {session}"
    : "have the service log addresses instead of names (sshd: UseDNS no; Apache: HostnameLookups Off), or have the rule read the address where the line has it";
}
