/** Tallies one jail's traffic in a replay, for `bailiff assess`: who tried, what bans stopped, and who logged in. */
import { addressScope } from "../../domain/address-scope.ts";
import { parseSubject, splitSubject, type Subject } from "../../domain/cidr.ts";
import type { JailTraffic } from "../../domain/host-facts.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Match } from "../../domain/match.ts";
import { describePolicy } from "../../jails/describe-policy.ts";
import type { Jail } from "../../jails/jail.ts";
import type { ReplayedAttempt } from "../../pipeline/replay.ts";
import type { TelemetryEvent } from "../../telemetry/events.ts";
import { LoginTally } from "./login-tally.ts";
import { SubjectTally } from "./subject-tally.ts";

export interface TrafficTallyOptions {
  readonly jail: Jail;
  /** Returns the subject that counts for an address. */
  readonly subjectOf: (ip: ReplayedAttempt["ip"]) => Subject;
  /** Reports whether an account exists. Other names are not kept: a user may have typed a password there. */
  readonly isAccount: (name: string) => boolean;
}

/** Maximum number of exempt subjects that are remembered. */
const MAX_EXEMPT = 100;

export class TrafficTally {
  readonly jail: Jail;
  readonly #options: TrafficTallyOptions;
  readonly #subjects = new SubjectTally();
  readonly #logins = new LoginTally();
  readonly #exempt = new Set<Subject>();
  #first: Instant | undefined;
  #last: Instant | undefined;
  #attempts = 0;
  #bans = 0;
  #refused = 0;
  /** Attempts from public addresses. */
  #outsideAttempts = 0;
  #outsideLast: Instant | undefined;

  constructor(options: TrafficTallyOptions) {
    this.jail = options.jail;
    this.#options = options;
  }

  /** Notes the time of a recognized line. */
  noteTime(at: Instant): void {
    if (this.#first === undefined || at < this.#first) this.#first = at;
    if (this.#last === undefined || at > this.#last) this.#last = at;
  }

  addAttempt({ match, ip, user, counts, isStopped }: Omit<ReplayedAttempt, "jails">): void {
    const scope = addressScope(ip);
    const isPublic = scope === "public";
    if (match.kind === "success") this.#addLogin(match, ip, isPublic);
    // Ignores self-tests, and mistakes made on the host itself.
    if (counts === 0 || scope === "loopback") return;
    this.#attempts += counts;
    if (isStopped) this.#refused += counts;
    if (isPublic) this.#noteOutside(match.at, counts);
    const { subjectOf, isAccount } = this.#options;
    const account = user !== undefined && isAccount(user) ? user : undefined;
    this.#subjects.add({ subject: subjectOf(ip), ip, isPublic, counts, account });
  }

  addEvent(event: TelemetryEvent): void {
    if (event.event === "ban") {
      this.#bans++;
      this.#subjects.noteBan(event.ip);
    } else if (event.event === "ignored") this.#addIgnored(event.ip, event.reason);
  }

  #addIgnored(ip: string, reason: string): void {
    const subject = parseSubject(ip);
    if (subject === undefined || !reason.startsWith("allow-listed")) return;
    if (addressScope(splitSubject(subject).ip) === "loopback" || this.#exempt.size >= MAX_EXEMPT)
      return;
    this.#exempt.add(subject);
  }

  #addLogin({ user, at, login }: Match, ip: ReplayedAttempt["ip"], isPublic: boolean): void {
    const { isAccount, subjectOf } = this.#options;
    if (isPublic) this.#noteOutside(at, 0);
    this.#logins.add({
      ...{ ip, at, user, isPublic },
      isAccount: user !== undefined && isAccount(user),
      byPassword: login?.method === "password",
      failures: this.#subjects.attemptsOf(subjectOf(ip)),
    });
  }

  #noteOutside(at: Instant, counts: number): void {
    this.#outsideAttempts += counts;
    if (this.#outsideLast === undefined || at > this.#outsideLast) this.#outsideLast = at;
  }

  /** Returns the result; `where` and `lines` come from the reader. */
  summary(where: string, lines: number): JailTraffic {
    const { name, filter, config } = this.jail;
    return {
      jail: name,
      filter: filter.name,
      where,
      policy: describePolicy(config),
      lines,
      first: this.#first,
      last: this.#last,
      attempts: this.#attempts,
      outside: {
        attempts: this.#outsideAttempts,
        addresses: this.#subjects.outsideAddresses,
        last: this.#outsideLast,
      },
      bans: this.#bans,
      exempt: [...this.#exempt],
      refused: this.#refused,
      ...this.#subjects.summary(),
      ...this.#logins.summary(),
    };
  }
}
