/**
 * Collects peers of a jail that look like proxies and are not in its configuration. They are reported instead of banned.
 * Evidence is a peer in a private network, or of this host, whose lines in any jail name another client; a peer that
 * another jail trusts; or the published network of a content delivery network in front of a web service. Any other peer
 * could only claim to be a proxy, and is banned as usual. Bounded: MAX_PEERS.
 */
import { docPage } from "../config/doc-page.ts";
import { addressScope } from "../domain/address-scope.ts";
import { cdnOf } from "../domain/cdn-networks.ts";
import { splitSubject, type Subject } from "../domain/cidr.ts";
import type { Instant } from "../domain/instant.ts";
import type { Ip } from "../domain/ip.ts";
import type { JailName } from "../domain/jail-name.ts";

export interface SuspectedProxy {
  readonly subject: Subject;
  /** Reason that completes "it looks like a proxy: …", such as "its lines name 203.0.113.9 as the client". */
  readonly because: string;
  /** What to do, whether it is a proxy or not. */
  readonly fix: string;
  /** Number of offenses that led to no ban. */
  readonly offenses: number;
  readonly at: Instant;
}

/** A failure's line that names another client than its peer. */
export interface ForwardingClaim {
  readonly jail: JailName;
  readonly peer: Ip;
  /** The client that the line names; undefined: the line was cut before it. */
  readonly client: Ip | undefined;
  readonly at: Instant;
}

/** What is known about a subject that had an offense. */
export interface ProxyEvidence {
  /** The newest line of any jail that names another client. */
  readonly claim: ForwardingClaim | undefined;
  /** A jail that trusts the subject as a proxy. */
  readonly trustedBy: JailName | undefined;
}

export interface OffenseContext {
  /** The jail of the offense. */
  readonly jail: JailName;
  /** Proxies that the jail trusts according to its configuration; undefined: it says nothing. */
  readonly configured: readonly unknown[] | undefined;
  readonly servesHttp: boolean;
  /** Whether the subject is exempt from bans anyway. */
  readonly isExempt: boolean;
  /** Length in ms of the period whose failures count. A claim counts as long. */
  readonly findtime: number;
  readonly now: Instant;
}

const MAX_PEERS = 64;
const KEPT_MS = 86_400_000;

export class SuspectedProxies {
  readonly #suspects = new Map<Subject, SuspectedProxy>();

  /** Counts an offense of a subject. Returns why the subject looks like a proxy; undefined: it does not. */
  judge(
    subject: Subject,
    evidence: ProxyEvidence,
    context: OffenseContext,
  ): SuspectedProxy | undefined {
    const found = judgeProxy(subject, evidence, context);
    if (found === undefined) return undefined;
    const offenses = (this.#suspects.get(subject)?.offenses ?? 0) + 1;
    const suspect = { ...found, subject, offenses, at: context.now };
    this.#suspects.delete(subject);
    this.#suspects.set(subject, suspect);
    const [oldest] = this.#suspects.keys();
    if (this.#suspects.size > MAX_PEERS && oldest !== undefined) this.#suspects.delete(oldest);
    return suspect;
  }

  /** Returns suspects with an offense within a day, newest first. */
  recent(now: Instant): readonly SuspectedProxy[] {
    return [...this.#suspects.values()].filter(({ at }) => at > now - KEPT_MS).reverse();
  }
}

type Finding = Pick<SuspectedProxy, "because" | "fix">;

/**
 * An administrator who wrote `trusted_proxies = []` knows that the jail's peers are no proxies. One who named some
 * may not know of a proxy in front of another jail.
 */
function judgeProxy(
  subject: Subject,
  { claim, trustedBy }: ProxyEvidence,
  { jail, configured, servesHttp, isExempt, findtime, now }: OffenseContext,
): Finding | undefined {
  if (configured?.length === 0) return undefined;
  if (trustedBy !== undefined && configured === undefined && servesHttp)
    return { because: `jail ${trustedBy} trusts it as a proxy`, fix: REAL_ADDRESS };
  const recent = claim !== undefined && claim.at >= now - Math.max(KEPT_MS, findtime);
  if (configured === undefined && servesHttp) {
    const found = judgeNetwork(subject, recent && claim.jail === jail);
    if (found !== undefined) return found;
  }
  if (!recent) return undefined;
  const isOwn = claim.jail === jail;
  // What forwards for a web service is an ordinary exempt peer of another service, such as this host itself.
  if (!isOwn && isExempt && !servesHttp) return undefined;
  const where = isOwn ? "its lines" : `its lines in jail ${claim.jail}`;
  const named = claim.client === undefined ? "are cut" : `name ${claim.client} as the client`;
  return {
    because: `${where} ${named}`,
    fix: `${isOwn ? "in the jail" : `in jail ${claim.jail}`}: ${trust(claim.peer)}, so that the client is banned; ${NO_PROXY}`,
  };
}

const REAL_ADDRESS = "let the service log the client's address (real_ip, mod_remoteip)";
const NO_PROXY = "if it is not a proxy: trusted_proxies = []";

function judgeNetwork(subject: Subject, isForwarding: boolean): Finding | undefined {
  const cdn = cdnOf(subject);
  if (cdn === undefined) return undefined;
  return {
    because: `it belongs to ${cdn.title}, which forwards for many clients`,
    fix: isForwarding
      ? `in the jail: ${trust(cdn.name)}, so that the client is banned; ${NO_PROXY}`
      : `have the service log X-Forwarded-For (${docPage("filters.md")}, forwarded_line), and in the jail: ${trust(cdn.name)}; ${NO_PROXY}`,
  };
}

function trust(entry: string): string {
  return `trusted_proxies = ["${entry}"]`;
}

/**
 * Reports whether a peer that names another client may be a proxy. Only private addresses and those of content delivery
 * networks may: others can be an attacker's.
 */
export function mayForward(peer: Subject): boolean {
  return addressScope(splitSubject(peer).ip) !== "public" || cdnOf(peer) !== undefined;
}
