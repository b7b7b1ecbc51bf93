/**
 * Judges whether addresses in the log are those of clients or of a proxy in front of the service. Also judges whether
 * the packets of clients arrive here.
 *
 * A finding is a peer that looks like a proxy and was not banned, or clients that came through a trusted proxy on
 * another host. Without either, an ordinary attack must never be taken for a proxy: one address may fail all day with
 * many user names. So a finding needs MIN_SHARE of at least MIN_FAILURES failures from
 * - this host itself, with MIN_USERS user names: a program here forwards clients from outside; or
 * - the networks of one content delivery network, with MIN_USERS user names or MIN_ADDRESSES addresses; or
 * - one address that the jail cannot ban or that users log in from, with MIN_USERS_OF_ONE user names in MIN_HOURS
 * different hours. A scanner on the LAN finishes sooner, and a banned one stops failing.
 */
import { addressScope } from "../../domain/address-scope.ts";
import { amount } from "../../domain/amount.ts";
import { type Subject, subjectContains } from "../../domain/cidr.ts";
import { cdnOf } from "../../domain/cdn-networks.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import type { Cause, Proof } from "../../domain/proof.ts";
import type { FailingSource, SourceSum } from "./failing-sources.ts";

export interface ProxyFacts {
  readonly sum: SourceSum;
  readonly isOwn: (ip: Ip) => boolean;
  /** Reports whether a proxy runs on this host, so that packets to it can be dropped here. */
  readonly isHere: (proxy: Ip) => boolean;
  /** Whether an enforcer of the jail refuses clients by their own address, also behind a proxy. */
  readonly refusesClients: boolean;
  /** Returns why the jail never bans the address; undefined: it can. */
  readonly allowedBy: (ip: Ip) => string | undefined;
  /** Returns the number of accounts that logged in from the address recently. */
  readonly accountsOf: (ip: Ip) => number;
  /** Peers that look like proxies and were therefore not banned. */
  readonly suspects: readonly SuspectFacts[];
  readonly at: Instant;
}

export interface SuspectFacts {
  readonly subject: Subject;
  readonly because: string;
  readonly fix: string;
}

const MIN_FAILURES = 50;
const MIN_SHARE = 0.9;
const MIN_USERS = 10;
const MIN_USERS_OF_ONE = 20;
const MIN_ADDRESSES = 5;
const MIN_HOURS = 6;
const MIN_ACCOUNTS = 3;

const REAL_ADDRESS =
  "let the service log the client's address (PROXY protocol, real_ip, mod_remoteip), or ban at the proxy";

export function judgeProxy(facts: ProxyFacts): Proof | undefined {
  const { sum } = facts;
  const named = judgeSuspects(facts) ?? judgeForwarded(facts);
  if (named !== undefined || sum.failures < MIN_FAILURES) return named;
  return judgeOwn(facts) ?? judgeNetwork(facts) ?? judgeSingle(facts);
}

/** Reports peers that look like proxies: the jail bans no client behind them. */
function judgeSuspects({ sum, suspects, at }: ProxyFacts): Proof | undefined {
  const [first] = suspects;
  if (first === undefined) return undefined;
  const theirs = sum.sources.filter(({ ip }) =>
    suspects.some(({ subject }) => subjectContains(subject, ip)),
  );
  const more = suspects.length === 1 ? "" : ` (and ${amount(suspects.length - 1, "other")})`;
  const evidence = `${shareOf(theirs, sum)} come from ${first.subject}${more}, which looks like a proxy and is not banned: ${first.because}`;
  return found(evidence, at, first.fix, isMost(theirs, sum) ? undefined : "partly-behind-proxy");
}

const BAN_AT_PROXY =
  'ban at the proxy, where the client\'s packets arrive: with an enforcer of kind "edge" or "file", or with bailiff on that host';

/** Reports clients behind a proxy on another host. A ban drops packets of clients only if the proxy runs here. */
function judgeForwarded({ sum, isHere, refusesClients, at }: ProxyFacts): Proof | undefined {
  if (refusesClients) return undefined;
  const theirs = sum.sources.filter(({ proxy }) => proxy !== undefined && !isHere(proxy));
  const [first] = theirs;
  if (first === undefined) return undefined;
  const count = theirs.reduce((total, { forwarded }) => total + forwarded, 0);
  const evidence = `${count} of the last ${amount(sum.failures, "failure")} came through a proxy on another host: a ban of ${first.ip} cannot bite here, because its packets come through proxy ${first.proxy}`;
  const isAlmostAll = count >= sum.failures * MIN_SHARE;
  return found(evidence, at, BAN_AT_PROXY, isAlmostAll ? undefined : "partly-behind-proxy");
}

function judgeOwn({ sum, isOwn, at }: ProxyFacts): Proof | undefined {
  const own = sum.sources.filter(({ ip }) => isOwn(ip));
  if (!isMost(own, sum) || !manyNames(own, MIN_USERS)) return undefined;
  const evidence = `${shareOf(own, sum)} come from ${addresses(own)}, this host itself: a proxy or forwarder on this host hides the clients`;
  return found(evidence, at, REAL_ADDRESS);
}

function judgeNetwork({ sum, at }: ProxyFacts): Proof | undefined {
  const groups = Map.groupBy(sum.sources, ({ ip }) => cdnOf(ip)?.title);
  for (const [network, sources] of groups) {
    if (network === undefined || !isMost(sources, sum)) continue;
    if (sources.length < MIN_ADDRESSES && !manyNames(sources, MIN_USERS)) continue;
    const evidence = `${shareOf(sources, sum)} come from ${sources.length} addresses of ${network}: a drop here hits the network, not the failing clients`;
    return found(evidence, at, REAL_ADDRESS);
  }
  return undefined;
}

function judgeSingle({ sum, allowedBy, accountsOf, at }: ProxyFacts): Proof | undefined {
  const [first] = sum.sources;
  if (first === undefined || !isMost([first], sum)) return undefined;
  if (first.users < MIN_USERS_OF_ONE || first.hours < MIN_HOURS) return undefined;
  const allowed = allowedBy(first.ip);
  const accounts = accountsOf(first.ip);
  const shared = accounts >= MIN_ACCOUNTS;
  const unbannable = allowed !== undefined && addressScope(first.ip) === "private";
  if (!shared && !unbannable) return undefined;
  const why = shared
    ? `${accounts} accounts log in from it too`
    : `it is never banned (${allowed})`;
  const evidence = `${shareOf([first], sum)} come from ${first.ip} with about ${amount(first.users, "user name")} over ${amount(first.hours, "hour")}, and ${why}: many people share it`;
  return found(evidence, at, REAL_ADDRESS);
}

function found(evidence: string, at: Instant, fix: string, cause: Cause = "behind-proxy"): Proof {
  return { kind: "found", link: "path", cause, evidence, at, fix };
}

function isMost(sources: readonly FailingSource[], sum: SourceSum): boolean {
  return countOf(sources) >= sum.failures * MIN_SHARE;
}

/** Reports whether many user names failed; true if the program logs no names, because other criteria decide then. */
function manyNames(sources: readonly FailingSource[], least: number): boolean {
  const most = Math.max(0, ...sources.map(({ users }) => users));
  return most >= least || sources.every(({ users }) => users === 0);
}

function countOf(sources: readonly FailingSource[]): number {
  return sources.reduce((sum, { failures }) => sum + failures, 0);
}

function shareOf(sources: readonly FailingSource[], { failures }: SourceSum): string {
  return `${countOf(sources)} of the last ${amount(failures, "failure")}`;
}

function addresses(sources: readonly FailingSource[]): string {
  const [first] = sources;
  return sources.length === 1
    ? `${first?.ip}`
    : `${first?.ip} and ${amount(sources.length - 1, "other")}`;
}
