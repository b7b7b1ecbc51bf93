/** Counts failed attempts without an address, which therefore count against no subject. */
import { amount } from "../domain/amount.ts";
import { type Instant, instant } from "../domain/instant.ts";
import type { Match } from "../domain/match.ts";

export interface Unaddressed {
  /** Number of such failures since the start. */
  failures: number;
  /** Host name in the newest such failure; undefined: none. */
  host: string | undefined;
  /** Id in the newest such failure that is neither an address nor a host name; undefined: none. */
  otherId?: string | undefined;
  /** Number of them that belong to a session of which no known line has the address. */
  unjoined: number;
  at: Instant;
}

/** Host names and ids are cut to this many characters: the log may contain any text there. */
const MAX_SHOWN = 60;
/** Minimum share of unjoined failures that is reported; a smaller one may be of local clients. */
const MIN_UNJOINED_SHARE = 0.1;

/**
 * Adds the failures of a line, as the attempt counter reports them: negative if the line gives an address to earlier
 * ones. Returns undefined if there are none.
 */
export function noteUnaddressed(
  before: Unaddressed | undefined,
  match: Match,
  change: number,
): Unaddressed | undefined {
  const isUnjoined = match.host === undefined && match.otherId === undefined && match.session !== 0;
  const failures = (before?.failures ?? 0) + change;
  const unjoined = Math.max(0, (before?.unjoined ?? 0) + (isUnjoined ? change : 0));
  // The previous run may have counted the failures that now get an address.
  if (failures <= 0) return undefined;
  if (change <= 0) return before && { ...before, failures, unjoined };
  const host = match.host?.slice(0, MAX_SHOWN);
  const otherId = match.otherId?.slice(0, MAX_SHOWN);
  return { failures, unjoined, host, otherId, at: instant(Math.max(before?.at ?? 0, match.at)) };
}

/**
 * Returns the failures to be reported, because clients may guess without being counted. A failure that names a host is
 * reported only while none counts: sshd writes such lines beside others that have the address.
 */
export function uncountedFailures(
  unaddressed: Unaddressed,
  { counted, maxretry }: { readonly counted: number; readonly maxretry: number },
): Unaddressed | undefined {
  const { failures, unjoined } = unaddressed;
  if (counted === 0 && failures >= maxretry) return unaddressed;
  const isMany = unjoined >= maxretry && unjoined >= (counted + unjoined) * MIN_UNJOINED_SHARE;
  return isMany
    ? { ...unaddressed, failures: unjoined, host: undefined, otherId: undefined }
    : undefined;
}

/**
 * Returns, for example, "40 failures without an address: the last one contains "evil.example.com", which is not looked
 * up".
 */
export function describeUnaddressed({
  failures,
  host,
  otherId,
}: Pick<Unaddressed, "failures" | "host" | "otherId">): string {
  const recognized = `${amount(failures, "failure")} without an address`;
  if (otherId !== undefined)
    return `${recognized}: the last one is of "${otherId}", and only addresses are banned`;
  return host === undefined
    ? `${recognized}: their lines name none, and nothing joins them to a line that does`
    : `${recognized}: the last one contains "${host}", which is not looked up`;
}

/** Settings of services that log names if told to, by a part of the filter's name. */
const LOGS_ADDRESSES = [
  ["sshd", " (UseDNS no)"],
  ["apache", " (HostnameLookups Off)"],
] as const;

const JOIN_LINES =
  "have the rule read the address from the line of the failure, or join both lines with {session}";

/** `filter`: its name, which shows the service. */
export function fixUnaddressed(
  { host, otherId, unjoined }: Pick<Unaddressed, "host" | "otherId" | "unjoined">,
  filter: string,
): string {
  if (otherId !== undefined)
    return "have the expression capture the client's address, as <HOST> or <ADDR> do; if the line has none, bailiff cannot ban anybody for it";
  if (host !== undefined) {
    const setting = LOGS_ADDRESSES.find(([service]) => filter.includes(service))?.[1] ?? "";
    return `have the service log addresses instead of names${setting}, or have the rule read the address where the line has it`;
  }
  return unjoined > 0
    ? `restart the service if a connection may have been open since before bailiff read its log, or for over a day, and have the service close idle connections (slapd: idletimeout); in a filter of your own, ${JOIN_LINES}`
    : JOIN_LINES;
}
