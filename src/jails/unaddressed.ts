/** Counts failures that rules recognize but that count against no subject, because they have no address. */
import { amount } from "../domain/amount.ts";
import { type Instant, instant } from "../domain/instant.ts";
import type { Match } from "../domain/match.ts";

export interface Unaddressed {
  /** Since the start. */
  failures: number;
  /** The name that the newest has instead of an address; undefined: none. */
  host: string | undefined;
  at: Instant;
}

/** A name is short, but its text may be anything. */
const MAX_SHOWN = 60;

/** Whether a failure will never have an address: it has a name instead, or belongs to no session. */
export function isUnaddressed(match: Match, ip: string | undefined): boolean {
  return ip === undefined && (match.host !== undefined || match.session === 0);
}

export function noteUnaddressed(before: Unaddressed | undefined, match: Match): Unaddressed {
  const failures = (before?.failures ?? 0) + match.repeated;
  const host = match.host?.slice(0, MAX_SHOWN);
  return { failures, host, at: instant(Math.max(before?.at ?? 0, match.at)) };
}

/** "40 failures recognized, none with an address: the last one names "evil.example.com", which is not looked up". */
export function describeUnaddressed({
  failures,
  host,
}: Pick<Unaddressed, "failures" | "host">): string {
  const recognized = `${amount(failures, "failure")} recognized, none with an address`;
  return host === undefined
    ? `${recognized}: their lines name none, and nothing joins them to a line that does`
    : `${recognized}: the last one names "${host}", which is not looked up`;
}

export function fixUnaddressed({ host }: Pick<Unaddressed, "host">): string {
  return host === undefined
    ? "have the rule read the address from the line of the failure, or join both lines with {session}"
    : "have the service log addresses instead of names (sshd: UseDNS no; Apache: HostnameLookups Off), or have the rule read the address where the line has it";
}
