/** Answers three questions about SSH: is it reachable, does a password open it, is it attacked. */
import { formatInstant } from "../../domain/instant.ts";
import type { HostFacts, JailTraffic, SshdRules } from "../../domain/host-facts.ts";
import { amount, counted, someOf } from "./words.ts";

/** An answer for programs (`verdict`) and for people (`answer`, with the reason of an "unknown"). */
export interface Answer<Verdict extends string> {
  readonly verdict: Verdict;
  readonly answer: string;
  readonly evidence: readonly string[];
}

/** limited: reachable from some networks. inside: reachable from the private network. */
export type Reach = Answer<"yes" | "limited" | "inside" | "no" | "unknown">;
/** guarded: passwords need a second factor. idle: accepted, but no account has a password. */
export type Passwords = Answer<"yes" | "guarded" | "idle" | "no" | "unknown">;
export type Hostility = Answer<"yes" | "none" | "unknown">;

/** Minimum number of failures from public addresses that count as an attack; fewer are typing errors. */
const HOSTILE_FROM = 10;
/** Minimum number of logins from which their networks and methods are inferred. */
export const TELLING_LOGINS = 5;
/** Minimum number of attempts below the threshold that count as slow guessing. */
export const SLOW_ATTEMPTS = 20;
const RECENT_MS = 86_400_000;
/** Minimum length of the log to conclude that no attacks come. */
const TELLING_MS = 5 * 86_400_000;
const PROVIDER = "a firewall at the provider cannot be seen from here: not known";

/** Returns the sshd jail that would have refused most attempts. */
export function sshTraffic({ traffic }: HostFacts): JailTraffic | undefined {
  const [first] = traffic.jails
    .filter(({ filter }) => filter === "sshd")
    .toSorted((a, b) => b.refused - a.refused || b.attempts - a.attempts);
  return first;
}

export function reachOf(facts: HostFacts): Reach {
  const { listening } = facts.ssh;
  if (!listening.known) return { verdict: "unknown", answer: listening.why, evidence: [] };
  const sockets = listening.value;
  const [first] = sockets;
  if (first === undefined)
    return { verdict: "no", answer: "no process is listening for SSH here", evidence: [] };
  const where = `listens on ${someOf(
    sockets.map(
      ({ address, port }) => `${address.includes(":") ? `[${address}]` : address}:${port}`,
    ),
    4,
  )}`;
  if (sockets.every(({ scope }) => scope === "loopback"))
    return { verdict: "no", answer: "only from this host itself", evidence: [where] };
  const filter = describeFilter(facts);
  const evidence = [where, ...filter.evidence];
  const last = sshTraffic(facts)?.outside.last;
  const shut = filter.verdict === "closed" && (last === undefined || facts.now - last > RECENT_MS);
  if (shut) return { verdict: "no", answer: "the packet filter shuts it", evidence };
  if (filter.verdict === "limited")
    return { verdict: "limited", answer: "from some places only", evidence };
  if (last !== undefined) {
    const proof = `public addresses reached it, last at ${formatInstant(last)}`;
    return { verdict: "yes", answer: `yes: ${proof}`, evidence };
  }
  return unprovenReach(facts, filter.verdict, evidence);
}

function unprovenReach(facts: HostFacts, filter: string, evidence: readonly string[]): Reach {
  const { listening, publicAddresses } = facts.ssh;
  const sockets = listening.known ? listening.value : [];
  const isPublic = sockets.some(
    ({ scope }) => scope === "public" || (scope === "any" && publicAddresses.length > 0),
  );
  if (!isPublic) {
    const router = "only private addresses; whether a router passes connections on: not known";
    return { verdict: "inside", answer: router, evidence };
  }
  const has = `this host has a public address (${someOf(publicAddresses, 2)})`;
  if (filter === "unclear" || filter === "unknown")
    return { verdict: "unknown", answer: "the packet filter is not known", evidence };
  return { verdict: "yes", answer: `yes: ${has}; ${PROVIDER}`, evidence };
}

function describeFilter({ inputFilter }: HostFacts): {
  readonly verdict: string;
  readonly evidence: readonly string[];
} {
  if (!inputFilter.known) return { verdict: "unknown", evidence: [inputFilter.why] };
  const { verdict, evidence } = inputFilter.value;
  return {
    verdict,
    evidence:
      evidence.length === 0 ? ["the packet filter of this host accepts all packets"] : evidence,
  };
}

export function passwordsOf(facts: HostFacts): Passwords {
  const { settings, secondFactors, listening } = facts.ssh;
  if (!settings.known) {
    const absent = listening.known && listening.value.length === 0;
    if (absent) return { verdict: "no", answer: "no SSH here", evidence: [] };
    return { verdict: "unknown", answer: settings.why, evidence: [] };
  }
  const { general, root, exceptions, from } = settings.value;
  const open = exceptions.filter(({ rules }) => rules.passwordIsEnough);
  const others = open.map(({ account }) => account);
  const rootToo = root.passwordIsEnough && root.rootLogin === "yes";
  const by = [
    ...new Set([...general.passwordBy, ...open.flatMap(({ rules }) => rules.passwordBy)]),
  ];
  const evidence = [`${from}: ${by.length === 0 ? "keys only" : by.join(", ")}`, ...general.limits];
  if (!general.passwordIsEnough && others.length === 0 && !rootToo) {
    const asked = asksForMore([general, root]);
    if (!asked) return { verdict: "no", answer: "no: keys only", evidence };
    return { verdict: "guarded", answer: "a password alone is not enough", evidence };
  }
  if (secondFactors.known && secondFactors.value.length > 0)
    return {
      verdict: "guarded",
      answer: `yes, with ${secondFactors.value.join(", ")} in sshd's PAM stack`,
      evidence,
    };
  const shut = exceptions.flatMap(({ account, rules }) =>
    rules.passwordIsEnough ? [] : [account],
  );
  const but = shut.length === 0 ? "" : ` but ${someOf(shut, 3)}`;
  const who = general.passwordIsEnough
    ? general.limits.some((limit) => limit.startsWith("Allow"))
      ? `the accounts that may come in${but}`
      : `every account${but}`
    : `${someOf([...others, ...(rootToo ? ["root"] : [])], 5)} only`;
  return withAccounts(facts, who, rootToo, evidence);
}

function withAccounts(
  { accounts }: HostFacts,
  who: string,
  rootToo: boolean,
  evidence: readonly string[],
): Passwords {
  if (!accounts.known)
    return { verdict: "yes", answer: `on for ${who}; ${accounts.why}`, evidence };
  const { withPassword, rootHasPassword, elsewhere } = accounts.value;
  const usable = withPassword - (rootHasPassword && !rootToo ? 1 : 0);
  const have = `${counted(usable, "account has", "accounts have")} a password that would do`;
  if (elsewhere.length > 0)
    return {
      verdict: "yes",
      answer: `on for ${who}; ${have}; those of ${elsewhere.join(", ")}: not known`,
      evidence,
    };
  if (usable === 0)
    return { verdict: "idle", answer: `on for ${who}, but no account has one`, evidence };
  return { verdict: "yes", answer: `on for ${who}: ${have}`, evidence };
}

function asksForMore(rules: readonly SshdRules[]): boolean {
  return rules.some(({ passwordBy, severalMethods }) => passwordBy.length > 0 && severalMethods);
}

export function hostilityOf(facts: HostFacts): Hostility {
  const seen = sshTraffic(facts);
  if (seen === undefined) {
    const looked = facts.traffic.missing.find(({ jail }) => jail === "sshd")?.looked;
    const why = looked === undefined || looked === "" ? "no jail for sshd" : looked;
    return { verdict: "unknown", answer: "no log of sshd", evidence: [why] };
  }
  const { attempts, addresses, outside, first, last, bans, where, top } = seen;
  if (first === undefined || last === undefined)
    return { verdict: "unknown", answer: "no line of sshd in the log", evidence: [where] };
  const period = `${formatInstant(first)} to ${formatInstant(last)}`;
  const read = `${where}, ${period}, ${counted(seen.lines, "line", "lines")}`;
  if (bans === 0 && outside.attempts < HOSTILE_FROM) {
    const few = `${counted(attempts, "failure", "failures")} from ${period}`;
    const short = last - first < TELLING_MS && facts.now - first < TELLING_MS;
    if (short)
      return {
        verdict: "unknown",
        answer: `${few}: too short a period to judge`,
        evidence: [read],
      };
    return { verdict: "none", answer: `none: ${few}`, evidence: [read] };
  }
  const more = seen.moreAddresses ? "more than " : "";
  const most = top.map((one) => `${one.subject} (${amount(one.attempts)})`).join(", ");
  const answer = `${counted(attempts, "failed attempt", "failed attempts")} from ${more}${counted(addresses, "address", "addresses")}`;
  return { verdict: "yes", answer, evidence: [read, `most from ${most}`] };
}
