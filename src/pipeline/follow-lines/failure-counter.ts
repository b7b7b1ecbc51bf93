/**
 * Counts the failures of one batch of lines in the windows of its jails, and judges each offense. Adds the results of a
 * line to the steps of the turn.
 */
import type { Attempt } from "../../detect/attempts.ts";
import { countedSubject } from "../../detect/counted-subject.ts";
import type { BanBook } from "../../domain/ban-book.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import type { LineBatch } from "../../domain/line-batch.ts";
import type { Match } from "../../domain/match.ts";
import type { Jail } from "../../jails/jail.ts";
import type { StatsCounter } from "../../domain/stats.ts";
import { noteHiddenClient } from "../../jails/hidden-clients.ts";
import { noteUnaddressed } from "../../jails/unaddressed.ts";
import type { LinePlace, LineSink } from "../../parse/route/line-sink.ts";
import type { Emit } from "../../telemetry/events.ts";
import type { BannedLine } from "../../health/judge/ban-bypasses.ts";
import type { LoginRecords } from "../login-records.ts";
import type { Allow } from "../allow/allow.ts";
import { type HiddenClient, lineAt } from "../client-resolver.ts";
import { otherClientIn } from "../other-client.ts";
import type { CanaryWatch } from "../canary-watch.ts";
import type { ForwardingPeers } from "../forwarding-peers.ts";
import type { FailureSightings } from "../failure-sightings.ts";
import type { JudgeTurn, OffenseJudge } from "../judge-offenses.ts";
import type { LineTally } from "../line-tally.ts";
import { refuteClaim } from "../refute-claim.ts";
import { isPardoned } from "../pardon.ts";
import { reportSiege } from "../report-siege.ts";
import { countFailure, type CountingParts } from "./count-failure.ts";
import type { Entry } from "./entries.ts";
import type { RereadLines } from "./reread-lines.ts";

export interface CounterOptions {
  readonly allow: Pick<Allow, "listOf">;
  readonly book: Pick<BanBook, "pardonedAt" | "ban">;
  readonly emit: Emit;
  readonly forwarders: Pick<ForwardingPeers, "note">;
  readonly campaigns?: CountingParts["campaigns"];
  /** Counts failures by hour. */
  readonly stats?: StatsCounter | undefined;
  /** Recognizes self-tests, which do not count as failures. */
  readonly canaries?: Pick<CanaryWatch, "see" | "takes">;
  /**
   * Simulates a firewall: returns whether a ban stops an attempt or a login, which then has no effect. Omitted live,
   * where the firewall stops it before it is logged.
   */
  readonly isStopped?: (jails: readonly Jail[], match: Match, attempt: Attempt) => boolean;
  /** Called for every counted failure, to find banned subjects that are still active. Must be cheap. */
  readonly onFailure?: (line: BannedLine) => void;
  /** Compares recognized logins with those that programs record elsewhere. */
  readonly logins?: Pick<LoginRecords, "addLine">;
  /** Records the addresses of failures, and the programs that wrote them. */
  readonly sightings?: Pick<FailureSightings<unknown>, "see">;
}

/** Shared by all batches of a source. */
export interface CounterParts {
  readonly entries: readonly Entry[];
  readonly judge: OffenseJudge;
  readonly reread: Pick<RereadLines, "withoutRead">;
  readonly options: CounterOptions;
}

export class FailureCounter implements LineSink {
  readonly #entries: readonly Entry[];
  readonly #judge: OffenseJudge;
  readonly #reread: Pick<RereadLines, "withoutRead">;
  readonly #options: CounterOptions;
  readonly #turn: JudgeTurn;
  readonly #text: string;
  readonly #batch: Pick<LineBatch, "fields" | "records">;
  readonly #isLive: boolean;
  /** For each tally, where the line begins that it counted last. */
  readonly #tallied = new Map<LineTally, number>();
  #untimed = 0;

  constructor(
    { entries, judge, reread, options }: CounterParts,
    { text, fields, records, arrival }: LineBatch,
    turn: JudgeTurn,
  ) {
    this.#entries = entries;
    this.#judge = judge;
    this.#reread = reread;
    this.#options = options;
    this.#turn = turn;
    this.#text = text;
    this.#batch = { fields, records };
    this.#isLive = arrival === "live";
  }

  /** Number of failures that no window can count, because their time is unknown. */
  get untimed(): number {
    return this.#untimed;
  }

  unrecognized(silent: readonly number[], place: LinePlace): void {
    const { start, message, end, unwrapped, lacksStamp } = place;
    for (const index of silent) {
      const entry = this.#entries[index];
      if (entry === undefined) continue;
      const { lines } = entry;
      const isDoubted = this.#isDoubted(entry, place);
      // Its rules were not asked, so such a line shows no drift.
      if (!isDoubted && lines !== undefined && this.#isFirst(lines, start)) {
        if (unwrapped === undefined) lines.missed(this.#text, message, end);
        else lines.missed(unwrapped, message, unwrapped.length - 1);
      }
      for (const jail of entry.jails) {
        jail.unrecognized++;
        jail.doubted = isDoubted ? jail.doubted + 1 : 0;
        if (lacksStamp && jail.filter.times?.format !== undefined) jail.unstamped++;
        if (this.#isLive) jail.lastLineAt = this.#turn.now;
      }
    }
  }

  /** Returns whether the line may be within quotes of a row of CSV. */
  #isDoubted({ filter }: Entry, { number }: LinePlace): boolean {
    if (filter.begins?.quotes === undefined) return false;
    const { fields, records } = this.#batch;
    return records?.[number]?.begins === false || fields?.[number]?.isOutput === true;
  }

  matched(index: number, match: Match, place: LinePlace): void {
    const entry = this.#entries[index];
    if (entry === undefined) return;
    const resolved = entry.clients?.resolve(match, this.#text, place);
    const isHidden = resolved?.kind === "hidden";
    const seen = isHidden ? match : refuteClaim(entry.filter, resolved?.match ?? match);
    this.#noteRecognized(entry, seen, place.start);
    if (isHidden) noteHidden(entry, match, resolved);
    else this.#count(entry, seen, place);
  }

  #count(entry: Entry, match: Match, place: LinePlace): void {
    if (match.kind === "neutral" && !match.closes) return;
    const attempt = entry.attempts.observe(match);
    if (match.kind === "neutral") return;
    if (this.#options.isStopped?.(entry.jails, match, attempt) === true) return;
    // Before the canaries, because their lines are read again too when a jail moves.
    const jails = this.#reread.withoutRead(entry.jails, match, this.#text, place);
    const { unaddressed } = attempt;
    if (unaddressed !== 0 && this.#isDated(match))
      for (const jail of jails)
        jail.unaddressed = noteUnaddressed(jail.unaddressed, match, unaddressed);
    this.#compareLogin(jails, match, attempt, place);
    if (this.#options.canaries?.takes(entry.jails, match, attempt) === true) return;
    const { ip } = attempt;
    const counts = attempt.counts > 0 && ip !== undefined;
    // Without a time, failures of several hours would count as a current burst.
    if (!this.#isDated(match)) {
      if (counts) this.#untimed++;
      return;
    }
    if (match.kind === "success") this.#noteLogin(jails, match, place.start);
    if (counts) this.#countAttempt(jails, match, attempt, ip, place);
  }

  /** Passes a login to the comparison. A line that summarizes a connection reports no separate event. */
  #compareLogin(
    jails: readonly Jail[],
    match: Match,
    { ip }: Attempt,
    { start, end }: LinePlace,
  ): void {
    const { logins } = this.#options;
    const { kind, rule, counting, at, repeated } = match;
    if (logins === undefined || ip === undefined || kind === "pending" || kind === "neutral")
      return;
    if (kind === "failure" && counting === "once") return;
    const outcome = kind === "failure" ? "failed" : "succeeded";
    const line = this.#text.slice(start, end);
    for (const { name } of jails)
      logins.addLine(name, { outcome, ip, at, rule, repeated, line }, this.#turn.now);
  }

  #isDated(match: Match): boolean {
    return this.#isLive || match.isTimed;
  }

  /**
   * Returns whether a tally has not counted the line yet. Jails of one filter that select in different ways share a
   * tally.
   */
  #isFirst(lines: LineTally, start: number): boolean {
    if (this.#tallied.get(lines) === start) return false;
    this.#tallied.set(lines, start);
    return true;
  }

  #noteRecognized({ jails, lines }: Entry, match: Match, start: number): void {
    if (lines !== undefined && this.#isFirst(lines, start)) {
      lines.recognized++;
      if (match.kind === "failure") lines.failures++;
    }
    const isDated = this.#isDated(match);
    const { now } = this.#turn;
    const heardAt = this.#isLive ? now : instant(Math.min(match.at, now));
    for (const jail of jails) {
      jail.recognized++;
      jail.doubted = 0;
      if (!match.isTimed && jail.filter.times?.format !== undefined) jail.unstamped++;
      if (isDated && (jail.lastLineAt === undefined || jail.lastLineAt < heardAt))
        jail.lastLineAt = heardAt;
    }
  }

  #noteLogin(jails: readonly Jail[], match: Match, line: number): void {
    const { guarded, now } = this.#turn;
    const at = instant(Math.min(match.at, now));
    // Before the guards, for which a suspected compromise shows no wrong ban.
    if (match.ip !== undefined) this.#observeLogin(jails, { ...match, ip: match.ip, at });
    guarded?.success(jails, { ...match, at }, line);
  }

  #observeLogin(
    jails: readonly Jail[],
    { ip, user: account, at, login }: Pick<Match, "user" | "at" | "login"> & { readonly ip: Ip },
  ): void {
    const { allow, emit, campaigns } = this.#options;
    const method = login?.method ?? "password";
    for (const jail of jails) {
      const { name, config, weights, detectors } = jail;
      for (const detector of detectors) detector.login({ jail: name, ip, at, account, method });
      campaigns?.login(jail, { jail: name, ip, at, account, method });
      weights.loggedIn(countedSubject(ip, config, allow.listOf(name)), account, at);
      reportSiege(jail, emit);
    }
  }

  #countAttempt(
    jails: readonly Jail[],
    { at, rule, counting, via }: Match,
    { counts, user }: Attempt,
    ip: Ip,
    place: LinePlace,
  ): void {
    const { allow, book, onFailure, sightings, stats } = this.#options;
    const { now } = this.#turn;
    const live = this.#isLive;
    let isCounted = false;
    if (isPardoned(book, { subject: ip, at, arrival: live ? "live" : "backlog" }, now)) return;
    const line = this.#text.slice(place.start, place.end);
    const parts = { ...this.#options, judge: this.#judge };
    for (const jail of jails) {
      // Skip a failure older than the window, as while catching up, or one in the future, whose real time is unknown.
      if (at < now - jail.config.findtime || at > now) continue;
      sightings?.see(jail, { ip, user, at, line, live, proxy: via?.proxy }, now);
      const subject = countedSubject(ip, jail.config, allow.listOf(jail.name));
      if (jail.config.trusted_proxies === undefined && jail.filter.forwarded !== undefined)
        this.#noteClaim(jail, ip, at, place);
      const failure = { jail: jail.name, subject, ip, at, weight: counts, rule, user, line, via };
      countFailure(parts, this.#turn, jail, failure);
      if (!isCounted) stats?.countTop(subject, user, counts);
      isCounted = true;
      onFailure?.({ jail: jail.name, subject, at, counting });
    }
  }

  /** Notes that the line names another client than its peer, or may have done so if it is cut. */
  #noteClaim({ name, filter }: Jail, ip: Ip, at: Instant, place: LinePlace): void {
    const other = otherClientIn(filter, ip, () => lineAt(this.#text, place));
    if (other !== undefined)
      this.#options.forwarders.note({ jail: name, peer: ip, client: other.client, at });
  }
}

/**
 * Counts a failure of an unknown client. Leaves the session unchanged, because other lines of it must not get the proxy
 * as their peer.
 */
function noteHidden({ jails }: Entry, match: Match, hidden: HiddenClient): void {
  if (match.kind !== "failure") return;
  for (const jail of jails) jail.hidden = noteHiddenClient(jail.hidden, hidden, match);
}
