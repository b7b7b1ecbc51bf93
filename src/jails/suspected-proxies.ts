/**
 * Collects peers that look like proxies in a jail without configured proxies. They are reported instead of banned.
 * Evidence is a peer in a private network, or of this host, whose lines name another client; or the published network
 * of a content delivery network in front of a web service. Any other peer could only claim to be a proxy, and is banned
 * as usual. Bounded: MAX_PEERS.
 */
import { docPage } from "../config/doc-page.ts";
import { addressScope } from "../domain/address-scope.ts";
import { cdnOf } from "../domain/cdn-networks.ts";
import { splitSubject, type Subject } from "../domain/cidr.ts";
import type { Instant } from "../domain/instant.ts";
import type { Ip } from "../domain/ip.ts";

export interface SuspectedProxy {
  readonly subject: Subject;
  /** Entry for trusted_proxies. */
  readonly entry: string;
  /** Reason that completes "it looks like a proxy: …", such as "its lines name 203.0.113.9 as the client". */
  readonly because: string;
  /** Whether its lines contain the client's address. */
  readonly isForwarding: boolean;
  /** Number of offenses that led to no ban. */
  readonly offenses: number;
  readonly at: Instant;
}

interface Claim {
  /** The client that the newest line names; undefined: that line was cut before it. */
  readonly client: Ip | undefined;
  readonly at: Instant;
}

const MAX_PEERS = 64;
const KEPT_MS = 86_400_000;

export class SuspectedProxies {
  /** Peers whose lines name another client, the newest last. */
  readonly #claims = new Map<Subject, Claim>();
  readonly #suspects = new Map<Subject, SuspectedProxy>();

  /** Notes that a failure's line names another client than its peer; in constant time. */
  noteClaim(peer: Subject, client: Ip | undefined, at: Instant): void {
    setNewest(this.#claims, peer, { client, at });
  }

  /** Counts an offense of a subject. Returns why the subject looks like a proxy; undefined: it does not. */
  judge(
    subject: Subject,
    { servesHttp, now }: { readonly servesHttp: boolean; readonly now: Instant },
  ): SuspectedProxy | undefined {
    const claim = this.#claims.get(subject);
    const found = judgeCdn(subject, claim, servesHttp) ?? judgeClaim(subject, claim, now);
    if (found === undefined) return undefined;
    const offenses = (this.#suspects.get(subject)?.offenses ?? 0) + 1;
    const suspect = { ...found, subject, offenses, at: now };
    setNewest(this.#suspects, subject, suspect);
    return suspect;
  }

  /** Returns suspects with an offense within a day, newest first. */
  recent(now: Instant): readonly SuspectedProxy[] {
    return [...this.#suspects.values()].filter(({ at }) => at > now - KEPT_MS).reverse();
  }
}

/** Returns what to do, whether the suspect is a proxy or not. */
export function fixSuspectedProxy({
  entry,
  isForwarding,
}: Pick<SuspectedProxy, "entry" | "isForwarding">): string {
  const trust = `trusted_proxies = ["${entry}"]`;
  return isForwarding
    ? `in the jail: ${trust}, so that the client is banned; if it is not a proxy: trusted_proxies = []`
    : `have the service log X-Forwarded-For (${docPage("filters.md")}, forwarded_line), and in the jail: ${trust}; if it is not a proxy: trusted_proxies = []`;
}

type Finding = Pick<SuspectedProxy, "entry" | "because" | "isForwarding">;

function judgeCdn(
  subject: Subject,
  claim: Claim | undefined,
  servesHttp: boolean,
): Finding | undefined {
  const cdn = servesHttp ? cdnOf(subject) : undefined;
  if (cdn === undefined) return undefined;
  const because = `it belongs to ${cdn.title}, which forwards for many clients`;
  return { entry: cdn.name, because, isForwarding: claim !== undefined };
}

function judgeClaim(subject: Subject, claim: Claim | undefined, now: Instant): Finding | undefined {
  if (claim === undefined || claim.at < now - KEPT_MS) return undefined;
  const named = claim.client === undefined ? "are cut" : `name ${claim.client} as the client`;
  return { entry: subject, because: `its lines ${named}`, isForwarding: true };
}

/**
 * Reports whether a peer that names another client may be a proxy. Only private addresses and those of content delivery
 * networks may: others can be an attacker's.
 */
export function mayForward(peer: Subject): boolean {
  return addressScope(splitSubject(peer).ip) !== "public" || cdnOf(peer) !== undefined;
}

function setNewest<Value>(map: Map<Subject, Value>, key: Subject, value: Value): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MAX_PEERS && oldest !== undefined) map.delete(oldest);
}
