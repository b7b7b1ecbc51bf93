/** Counts what a policy did in a replay. Bounded: MAX_SUBJECTS banned subjects and as many addresses with logins. */
import { maskIp } from "../../domain/cidr.ts";
import { detachString } from "../../domain/detach-string.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import type { TelemetryEvent } from "../../telemetry/events.ts";

const MAX_SUBJECTS = 1_000_000;

/** A subject that the policy banned. */
export interface BannedSubject {
  readonly subject: string;
  /** The jail of its first ban, when it began, and why. */
  readonly jail: string;
  readonly at: Instant;
  readonly reason: string;
  bans: number;
  /** An address of it from which a user logged in, at any time in the log; undefined: none did. */
  innocent: Ip | undefined;
}

/** What guards did instead of a ban. */
export interface GuardCounts {
  /** Offenses that led to no ban, by reason. */
  readonly ignored: ReadonlyMap<string, number>;
  /** Times that a threshold was raised for a known user's address. */
  readonly raised: number;
  /** Times that a user's typing errors were forgiven at the login. */
  readonly forgiven: number;
  /** Offenses that detectors only report. */
  readonly suspected: number;
  /** Times that a rule reached bans_per_minute, so that offenses waited. */
  readonly limited: number;
}

export class ReplayTally {
  readonly #subjects = new Map<string, BannedSubject>();
  readonly #logins = new Set<Ip>();
  readonly #ignored = new Map<string, number>();
  readonly #campaigns = new Set<string>();
  attempts = 0;
  stopped = 0;
  /** Logins of users that a ban would have prevented. */
  stoppedLogins = 0;
  logins = 0;
  bans = 0;
  peak = 0;
  /** Failures without a time, or with one in the future, which no window can count. */
  untimed = 0;
  /** Attempts older than findtime when their line was read, as after a clock was set back. */
  late = 0;
  /** Number of all other events, by name. */
  readonly #events = new Map<string, number>();

  addLogin(ip: Ip): void {
    this.logins++;
    if (!this.#logins.has(ip) && this.#logins.size < MAX_SUBJECTS)
      this.#logins.add(detachString(ip));
  }

  /** Number of campaigns that began. */
  get campaigns(): number {
    return this.#campaigns.size;
  }

  /** Counts an event of the main path. */
  addEvent(event: TelemetryEvent, now: Instant): void {
    if (event.event === "ban") this.#addBan(event, now);
    else if (event.event === "ignored") countIn(this.#ignored, event.reason.replace(/:.*/s, ""));
    else {
      if (event.event === "campaign-began") this.#campaigns.add(event.campaign);
      countIn(this.#events, event.event);
    }
  }

  #addBan(
    { ip, jail, reason }: Extract<TelemetryEvent, { readonly event: "ban" }>,
    at: Instant,
  ): void {
    this.bans++;
    const known = this.#subjects.get(ip);
    if (known !== undefined) known.bans++;
    else if (this.#subjects.size < MAX_SUBJECTS) {
      const subject = detachString(ip);
      this.#subjects.set(subject, { subject, jail, at, reason, bans: 1, innocent: undefined });
    }
  }

  get guards(): GuardCounts {
    const countOf = (event: TelemetryEvent["event"]): number => this.#events.get(event) ?? 0;
    return {
      ignored: this.#ignored,
      raised: countOf("threshold-raised"),
      forgiven: countOf("failures-forgiven"),
      suspected: countOf("offense-suspected"),
      limited: countOf("ban-rate-reached"),
    };
  }

  /** Returns the banned subjects, first banned first, once the whole log was read. */
  subjects(): readonly BannedSubject[] {
    const banned = this.#subjects;
    const lengths = new Set([...banned.keys()].flatMap((name) => name.split("/")[1] ?? []));
    for (const ip of this.#logins)
      for (const name of [ip, ...[...lengths].map((length) => maskIp(ip, Number(length)))]) {
        const found = banned.get(name);
        if (found !== undefined) found.innocent = ip;
      }
    return [...banned.values()];
  }
}

function countIn(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
