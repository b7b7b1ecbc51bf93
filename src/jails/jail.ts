/**
 * A running jail: its compiled filter, policy and sliding window. The jail owns the window and the counters; everything
 * else is configuration.
 */
import { observesOnly } from "../config/observes-only.ts";
import { isDeepStrictEqual } from "node:util";
import type { JailConfig } from "../config/config.ts";
import type { Policy } from "../detect/policy.ts";
import { type AttemptCounter, createAttemptCounter } from "../detect/attempts.ts";
import { ReadMark } from "../detect/read-mark.ts";
import type { TrustedProxies } from "../detect/trusted-proxies.ts";
import { AttemptWeights } from "../detect/judgment/attempt-weights.ts";
import type { Detector } from "../detect/judgment/detector.ts";
import { SubnetDetector } from "../detect/judgment/subnets.ts";
import { createSlowDetector } from "../detect/judgment/slow.ts";
import { createFailureWindow, type FailureWindow } from "../detect/failure-window.ts";
import { type Duration, duration } from "../domain/duration.ts";
import type { Subject } from "../domain/cidr.ts";
import { type Instant, instant } from "../domain/instant.ts";
import type { JailName } from "../domain/jail-name.ts";
import { OBSERVED } from "../domain/port-scope.ts";
import type { HiddenClients } from "./hidden-clients.ts";
import { trustedProxiesOf } from "./read-trusted-proxies.ts";
import { SuspectedProxies } from "./suspected-proxies.ts";
import type { Unaddressed } from "./unaddressed.ts";
import { UnprovenTally } from "./unproven-tally.ts";
import type { Filter } from "../parse/filter/compile-filter.ts";

export interface Jail {
  readonly name: JailName;
  readonly config: JailConfig;
  readonly filter: Filter;
  readonly policy: Policy;
  readonly window: FailureWindow;
  /** Weighs failures of sources without a login. */
  readonly weights: AttemptWeights;
  /** Counts failures with the weights that are only reported; undefined: none are. */
  readonly shadow: FailureWindow | undefined;
  /** Whether an event has reported the current siege. */
  isSiegeReported: boolean;
  /** Find offenses that the window does not show. */
  readonly detectors: readonly Detector[];
  /** Finds networks of which many addresses fail; undefined: off. */
  readonly subnets: SubnetDetector | undefined;
  /** Networks that the jail banned as such; some bans may have ended. */
  readonly bannedSubnets: Set<Subject>;
  /** Proxies that are trusted to forward the client's address; undefined: none. */
  readonly proxies: TrustedProxies | undefined;
  /** Shared by jails that read the same lines with the same filter. */
  attempts: AttemptCounter;
  /** Position up to which the jail's log is read, whichever source delivers it. */
  read: ReadMark;
  /** Failures counted since the start. */
  failures: number;
  /** Time of the newest failure. */
  failedAt: Instant | undefined;
  /** Lines that a rule recognized, since the start. */
  recognized: number;
  /** Unrecognized lines since the start, of the jail's programs or of a source that no other jail reads. */
  unrecognized: number;
  /** Lines of CSV since the last believed row, of which a quote before them makes it unknown whether they are rows. */
  doubted: number;
  /** Lines since the start whose time does not have the stated form (`time_format`). */
  unstamped: number;
  /**
   * Time of the source's newest line of the jail's programs: the arrival of a live line, the timestamp of a line from
   * the backlog. undefined: none since the start.
   */
  lastLineAt: Instant | undefined;
  /** Recognized failures without an address, which count against no subject; undefined: none. */
  unaddressed: Unaddressed | undefined;
  /** Failures through trusted proxies from unknown clients, which count against no subject; undefined: none. */
  hidden: HiddenClients | undefined;
  /** Peers that look like proxies and are not in the configuration. */
  suspects: SuspectedProxies;
  /** Lines since the start whose sender the journal does not prove; they do not count as failures. */
  unproven: UnprovenTally;
  /** Number of evicted subjects that were already reported in events. */
  reportedEvictions: number;
}

/** Maximum number of subjects tracked by one jail; about 150 bytes each. */
const MAX_TRACKED = 1_000_000;
/** Of those, how many are watched for what is only reported. */
const MAX_SHADOWED = 10_000;

export function createJail(config: JailConfig, filter: Filter): Jail {
  const { maxretry, findtime, bantime, increment, ports } = config;
  const escalation = increment.enabled
    ? { multipliers: increment.multipliers, maxtime: increment.maxtime, jitter: increment.jitter }
    : undefined;
  const weights = createWeights(config);
  return {
    name: config.name,
    config,
    filter,
    policy: { bantime, escalation, scope: observesOnly(config) ? OBSERVED : ports },
    proxies: proxiesOf(config),
    window: createFailureWindow({ findtime, maxretry, maxTracked: MAX_TRACKED }),
    weights,
    shadow: weights.reports
      ? createFailureWindow({ findtime, maxretry, maxTracked: MAX_SHADOWED })
      : undefined,
    isSiegeReported: false,
    detectors: createDetectors(config, filter, weights),
    subnets: createSubnets(config),
    bannedSubnets: new Set(),
    attempts: createAttemptCounter(),
    read: new ReadMark(),
    failures: 0,
    failedAt: undefined,
    recognized: 0,
    unrecognized: 0,
    doubted: 0,
    unstamped: 0,
    lastLineAt: undefined,
    unaddressed: undefined,
    hidden: undefined,
    suspects: new SuspectedProxies(),
    unproven: new UnprovenTally({ findtime, maxretry }),
    reportedEvictions: 0,
  };
}

function proxiesOf({ trusted_proxies: entries = [] }: JailConfig): TrustedProxies | undefined {
  if (entries.length === 0) return undefined;
  return trustedProxiesOf(entries);
}

function createWeights({ detect, maxretry }: JailConfig): AttemptWeights {
  const { evidence, siege, honeypot_users: honeypots, open_registration: isOpen } = detect;
  return new AttemptWeights({ evidence, siege, maxretry, honeypots: new Set(honeypots), isOpen });
}

function createDetectors(
  { detect, maxretry }: JailConfig,
  filter: Filter,
  weights: AttemptWeights,
): readonly Detector[] {
  const { slow } = detect;
  if (slow === "off") return [];
  const knowsUsers = filter.lacksLogins !== true;
  const pointsOf: AttemptWeights["pointsOf"] = (failure) => weights.pointsOf(failure);
  return [createSlowDetector({ mode: slow, maxretry, knowsUsers, pointsOf })];
}

function createSubnets({
  detect,
  ipv6_prefix: ipv6Prefix,
  nat64_prefixes: nat64,
}: JailConfig): SubnetDetector | undefined {
  return detect.subnets === "off" ? undefined : new SubnetDetector({ ipv6Prefix, nat64 });
}

/** Returns how far back the jail looks at failures. */
export function reachOf({ config, detectors }: Jail): Duration {
  return duration(Math.max(config.findtime, ...detectors.map(({ reach }) => reach)));
}

/** Forgets the failures of a subject: they no longer count. */
export function forgetSubject(
  { window, shadow, detectors, subnets }: Jail,
  subject: Subject,
): void {
  window.forget(subject);
  shadow?.forget(subject);
  subnets?.forget(subject);
  for (const detector of detectors) detector.forget(subject);
}

export function noteFailures(jail: Jail, count: number, at: Instant): void {
  jail.failures += count;
  if (jail.failedAt === undefined || jail.failedAt < at) jail.failedAt = at;
}

/** Shifts the jail's times after a step of the wall clock by `step` milliseconds, so that failures keep their age. */
export function shiftTimes(jail: Jail, step: number): void {
  jail.window.shift(step);
  jail.shadow?.shift(step);
  jail.weights.shift(step);
  jail.subnets?.shift(step);
  for (const detector of jail.detectors) detector.shift(step);
  jail.read.shift(step);
  if (jail.lastLineAt !== undefined) jail.lastLineAt = instant(jail.lastLineAt + step);
  if (jail.failedAt !== undefined) jail.failedAt = instant(jail.failedAt + step);
}

/** Resets the counters of lines, after the jail's log has changed. */
export function forgetLines(jail: Jail): void {
  jail.recognized = 0;
  jail.unrecognized = 0;
  jail.doubted = 0;
  jail.unstamped = 0;
  jail.unproven = new UnprovenTally(jail.config);
}

/**
 * Keeps the counters of a jail after a reload. If the filter or source changed (`lines` is "other"), the counters of
 * lines start at zero.
 */
export function keepCounts(jail: Jail, old: Jail, lines: "same" | "other"): void {
  jail.failures = old.failures;
  jail.failedAt = old.failedAt;
  if (lines === "same") {
    jail.recognized = old.recognized;
    jail.unrecognized = old.unrecognized;
    jail.doubted = old.doubted;
    jail.unstamped = old.unstamped;
    if (isSameThreshold(jail, old)) jail.unproven = old.unproven;
  }
  jail.read = old.read;
  if (jail.filter.variant === old.filter.variant) jail.attempts = old.attempts;
  jail.suspects = old.suspects;
  if (isDeepStrictEqual(jail.config.source, old.config.source)) jail.lastLineAt = old.lastLineAt;
}

function isSameThreshold({ config: a }: Jail, { config: b }: Jail): boolean {
  return a.findtime === b.findtime && a.maxretry === b.maxretry;
}
