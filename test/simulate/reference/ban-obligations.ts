import type { Observation } from "../happenings.ts";
import type { BanLedger } from "./ban-ledger.ts";
import type { FailureWindow } from "./failure.ts";
import type { FailureWindows } from "./failure-windows.ts";
import type { KnownLogins } from "./known-logins.ts";
import { describeNetwork } from "./network.ts";
import { BAN_WITHIN, BANS_PER_MINUTE, SLACK } from "./promises.ts";
import type { Report } from "./rules.ts";
import type { World } from "./world.ts";

interface Obligation {
  readonly window: FailureWindow;
  readonly due: number;
}

const MINUTE = 60_000;

/** Tracks who must be banned, and by when. */
export class BanObligations {
  readonly #world: World;
  readonly #windows: FailureWindows;
  readonly #logins: KnownLogins;
  readonly #ledger: BanLedger;
  readonly #open = new Set<string>();
  /** Obligations in the order of `due`. */
  #queue: Obligation[] = [];
  /** Number of bans in this minute and in the previous one. */
  #rate = { minute: 0, now: 0, before: 0 };

  constructor(parts: {
    world: World;
    windows: FailureWindows;
    logins: KnownLogins;
    ledger: BanLedger;
  }) {
    this.#world = parts.world;
    this.#windows = parts.windows;
    this.#logins = parts.logins;
    this.#ledger = parts.ledger;
  }

  happened(): void {
    for (const { window } of this.#windows.added) this.#consider(window);
  }

  countBan(): void {
    const minute = Math.floor(this.#world.now / MINUTE);
    if (minute !== this.#rate.minute) {
      const before = minute === this.#rate.minute + 1 ? this.#rate.now : 0;
      this.#rate = { minute, now: 0, before };
    }
    this.#rate.now++;
  }

  observed({ at, running, jails }: Observation, report: Report): void {
    const causes = new Map(jails.map((jail) => [jail.name, jail.causes]));
    while (this.#queue[0] !== undefined && at > this.#queue[0].due) {
      const [{ window }] = this.#queue.splice(0, 1) as [Obligation];
      this.#open.delete(window.key);
      const policy = this.#world.jails.get(window.jail);
      if (policy === undefined || this.#ledger.covers(window.jail, window.subject)) continue;
      if (!this.#logins.mustBan(policy, window)) continue;
      const mayWait = this.mayWait(causes.get(window.jail) ?? [], policy.bansPerMinute);
      if (!running || mayWait || !this.#world.isSettled(policy, BAN_WITHIN)) {
        this.#open.add(window.key);
        this.#queue.push({ window, due: at + BAN_WITHIN + SLACK });
        continue;
      }
      const times = window.failures.map(({ low }) => low).join(", ");
      const subject = describeNetwork(window.subject);
      report("ban-missing", `${subject} has no ban in ${window.jail} after failures at ${times}.`);
      for (const failure of window.failures) failure.certain = false;
    }
  }

  /** Reports whether a guard may delay a ban: the jail shows the guard's cause, and the guard had a reason. */
  mayWait(causes: readonly string[], perMinute: number = BANS_PER_MINUTE): boolean {
    if (causes.includes("breaker-open")) return this.#logins.mayHaveTripped();
    return causes.includes("ban-rate-reached") && this.#rate.now + this.#rate.before >= perMinute;
  }

  #consider(window: FailureWindow): void {
    const policy = this.#world.jails.get(window.jail);
    if (policy === undefined || this.#open.has(window.key)) return;
    if (!this.#logins.mustBan(policy, window)) return;
    this.#open.add(window.key);
    this.#queue.push({ window, due: this.#world.now + BAN_WITHIN + SLACK });
  }
}
