/**
 * Runs the main path of one policy (invariant 9) over the recognized lines of old logs, at the time of each line, with
 * a book in memory and a simulated firewall. Each line is a separate turn, so that a ban stops the next one.
 */
import type { AllowEntry } from "../../detect/allow-list.ts";
import { type Attempt, createAttemptCounter } from "../../detect/attempts.ts";
import { duration } from "../../domain/duration.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import type { Match } from "../../domain/match.ts";
import type { PortNames } from "../../host/services/port-names.ts";
import type { CompiledJail } from "../../jails/compile-jails.ts";
import { type Jail, reachOf } from "../../jails/jail.ts";
import type { Filter } from "../../parse/filter/compile-filter.ts";
import { MemoryBook } from "../../record/memory-book.ts";
import { createStateStore } from "../../record/state-store.ts";
import type { Emit, TelemetryEvent } from "../../telemetry/events.ts";
import { Allow } from "../allow/allow.ts";
import { announceBans } from "../announce-bans.ts";
import { CampaignWatch } from "../campaign-watch.ts";
import { ClientResolver, lineAt } from "../client-resolver.ts";
import { type CounterParts, FailureCounter } from "../follow-lines.ts";
import { createForwardingPeers } from "../forwarding-peers.ts";
import { createGuards, type Guards } from "../guards/guards.ts";
import { OffenseJudge } from "../judge-offenses.ts";
import { LoginRecords } from "../login-records.ts";
import { otherClientIn } from "../other-client.ts";
import { BannedServices } from "./banned-services.ts";
import { ReplayTally } from "./replay-tally.ts";
import type { RoutedMatch } from "./routed-match.ts";
import { VirtualClock } from "./virtual-clock.ts";

export interface ReplayPolicy {
  /** For display. */
  readonly name: string;
  /** Used by no other policy, because a jail has a state. */
  readonly jails: readonly CompiledJail[];
  /** "none": like a program that guards against no wrong ban. */
  readonly guards: "all" | "none";
}

export interface PolicyReplayOptions {
  readonly policy: ReplayPolicy;
  /** Returns the policy's jails that use a filter of the router, by its index. */
  readonly jailsOf: (filter: number) => readonly Jail[];
  readonly filters: readonly Filter[];
  readonly ports: PortNames;
  /** Exempt in all jails, beside their `ignoreip`. */
  readonly exempt?: readonly AllowEntry[];
  readonly observer?: ReplayObserver;
}

/** Learns more of a replay than its tally counts. */
export interface ReplayObserver {
  onAttempt(seen: ReplayedAttempt): void;
  onEvent(event: TelemetryEvent): void;
}

/** A login, or a line that adds failed attempts. */
export interface ReplayedAttempt {
  /** Those that use the filter. */
  readonly jails: readonly Jail[];
  readonly match: Match;
  readonly ip: Ip;
  readonly user: string | undefined;
  /** Number of failed attempts; 0 for a login. */
  readonly counts: number;
  /** Whether a ban stops it. */
  readonly isStopped: boolean;
}

const EXPIRED_AT_ONCE = 1000;
/** How often campaigns may begin and end, as in the daemon. */
const SETTLE_MS: number = duration(30_000);
/** How often failures are dropped that no window counts any more. */
const PRUNE_MS: number = duration(86_400_000);

export class PolicyReplay {
  readonly policy: ReplayPolicy;
  readonly tally: ReplayTally = new ReplayTally();
  readonly #clock = new VirtualClock();
  readonly #book = new MemoryBook();
  readonly #allow: Allow;
  readonly #guards: Guards | undefined;
  readonly #judge: OffenseJudge;
  readonly #campaigns: CampaignWatch;
  readonly #banned: BannedServices;
  readonly #counting: CounterParts;
  readonly #observer: ReplayObserver | undefined;
  readonly #emit: Emit = (event) => {
    this.tally.addEvent(event, this.#clock.now());
    this.#observer?.onEvent(event);
  };
  readonly #onTick = (now: Instant): void => this.#upkeep(now);
  readonly #longestReach: number;
  #settledAt = Number.NEGATIVE_INFINITY;
  #prunedAt = Number.NEGATIVE_INFINITY;
  /** The line that is being counted. */
  #current: RoutedMatch | undefined;

  constructor({ policy, jailsOf, filters, ports, exempt = [], observer }: PolicyReplayOptions) {
    const jails = policy.jails.map(({ jail }) => jail);
    this.policy = policy;
    this.#observer = observer;
    this.#longestReach = Math.max(0, ...jails.map(reachOf));
    const [book, clock, emit] = [this.#book, this.#clock, this.#emit];
    const noNames = async (): Promise<readonly Ip[]> => [];
    this.#allow = new Allow({ book, hostAddresses: () => exempt, resolveName: noNames, emit });
    const allow = this.#allow;
    const stateStore = createStateStore(book);
    const forwarders = createForwardingPeers(stateStore);
    this.#campaigns = new CampaignWatch({ stateStore, emit, seed: 0, now: clock.now() });
    const campaigns = this.#campaigns;
    if (policy.guards === "all")
      this.#guards = createGuards({
        ...{ book, allow, clock, emit, campaigns, logins: new LoginRecords(stateStore) },
        sessions: { from: () => [], isEstablished: () => false },
        ownPeer: () => undefined,
        onChange: () => undefined,
      });
    this.#judge = new OffenseJudge({
      ...{ book, allow, clock, emit, forwarders },
      ...(this.#guards === undefined ? {} : { guards: this.#guards }),
      chance: () => 0,
      enforce: async () => undefined,
      onBannedStillActive: () => undefined,
    });
    this.#banned = new BannedServices(policy.jails, ports);
    this.#counting = {
      entries: filters.map((filter, i) => entryOf(jailsOf(i), filter)),
      judge: this.#judge,
      reread: { withoutRead: (all) => all },
      options: {
        allow,
        book,
        emit,
        forwarders,
        campaigns,
        isStopped: (...line) => this.#isStopped(...line),
      },
    };
  }

  /** Reads what the allow-list and the guards need. */
  async begin(): Promise<void> {
    const jails = this.policy.jails.map(({ jail: { config } }) => config);
    this.#allow.rebuild(jails, instant(0));
    await this.#guards?.use(this.policy.jails);
  }

  take(line: RoutedMatch): void {
    const { filter, match, place, batch, at } = line;
    if (this.#counting.entries[filter]?.jails.length === 0) return;
    this.#current = line;
    if (at !== undefined) this.#clock.advance(at, this.#onTick);
    const turn = this.#judge.begin();
    const counter = new FailureCounter(this.#counting, batch, turn);
    counter.matched(filter, match, place);
    const { steps, guarded } = turn;
    if (guarded !== undefined) steps.push(...guarded.finish());
    if (steps.length === 0) return;
    const openings = this.#book.commit({ steps, cursors: [] });
    if (openings.length === 0) return;
    announceBans(openings, turn.now, this.#emit);
    this.tally.peak = Math.max(this.tally.peak, this.#book.size);
  }

  #upkeep(now: Instant): void {
    const next = this.#book.nextExpiry();
    if (next !== undefined && next <= now) while (this.#expire(now) === EXPIRED_AT_ONCE);
    if (now - this.#settledAt >= SETTLE_MS) {
      this.#settledAt = now;
      this.#campaigns.settle(now);
    }
    if (now - this.#prunedAt < PRUNE_MS) return;
    this.#prunedAt = now;
    this.#book.forgetFailures(instant(now - this.#longestReach));
  }

  #expire(now: Instant): number {
    const ended = this.#book.expire(now, EXPIRED_AT_ONCE);
    this.#guards?.quality.onEnded(ended, now);
    return ended.length;
  }

  /** Counts an attempt or login, and returns whether a ban stops it. */
  #isStopped(jails: readonly Jail[], match: Match, { ip, user, counts }: Attempt): boolean {
    const isLogin = match.kind === "success";
    if (ip === undefined || (counts === 0 && !isLogin)) return false;
    const isProxy = counts > 0 && this.#isOfPossibleProxy(jails, ip);
    if (isLogin) this.tally.addLogin(ip);
    if (counts > 0 && !isProxy) this.tally.attempts += counts;
    const isStopped = this.#isBanned(jails, ip);
    this.#observer?.onAttempt({ jails, match, ip, user, counts, isStopped });
    if (isStopped && isLogin) this.tally.stoppedLogins++;
    if (isStopped && !isProxy) this.tally.stopped += counts;
    if (isStopped || counts === 0) return isStopped;
    this.#noteUncounted(jails, counts);
    return false;
  }

  #isBanned(jails: readonly Jail[], ip: Ip): boolean {
    const [first] = jails;
    const bans = this.#book.bansOf(ip);
    if (bans.length === 0 || first === undefined) return false;
    const at = this.#current?.at ?? this.#clock.now();
    return this.#banned.find(bans, first.filter.name, at) !== undefined;
  }

  /** `scan` counts no attempts of a peer that may be a proxy, and the daemon reports it instead of banning it. */
  #isOfPossibleProxy([first]: readonly Jail[], ip: Ip): boolean {
    const line = this.#current;
    if (first === undefined || line === undefined || first.proxies !== undefined) return false;
    const { batch, place } = line;
    return otherClientIn(first.filter, ip, () => lineAt(batch.text, place)) !== undefined;
  }

  #noteUncounted(jails: readonly Jail[], counts: number): void {
    const at = this.#current?.at;
    const now = this.#clock.now();
    if (at === undefined) this.tally.untimed += counts;
    else if (jails.every(({ config }) => at < now - config.findtime)) this.tally.late += counts;
  }
}

/** Combines the jails that use one filter; none: the policy does not use it. */
function entryOf(jails: readonly Jail[], filter: Filter): CounterParts["entries"][number] {
  const [first] = jails;
  const attempts = first?.attempts ?? createAttemptCounter();
  for (const jail of jails) jail.attempts = attempts;
  const clients = first?.proxies && new ClientResolver(filter, first.proxies);
  return { jails, filter, attempts, clients, lines: undefined };
}
