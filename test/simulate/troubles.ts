/**
 * Tracks what is wrong with the host at a moment, and since when. During that time no jail may report that it protects,
 * once the checks had time to notice (invariant 11).
 */
import type { Happening, Observation } from "./happenings.ts";

type Broken = Extract<Happening, { readonly how: unknown }>["how"];

/** Two rounds of checks: the first may run a moment before the trouble has an effect. */
const SAID_WITHIN = 65_000;
/** Time until an unread line is reported: `compare-files.ts` must see it twice. */
const UNREAD_WITHIN = 100_000;
/** Number of connections without a line that are reported (`judge-connections.ts`). */
const CONNECTIONS = 3;

/** Troubles of a log that are noticed without any traffic. */
const SEEN_AT_ONCE: ReadonlySet<Broken> = new Set(["unreadable"]);

export class Troubles {
  readonly #brokenSince = new Map<Broken, number>();
  #startedAt = 0;
  #kernelSince: number | undefined;
  #kernelWorksSince = 0;
  /** True times of logins whose lines were not readable in the jail's source. */
  #unlogged: number[] = [];

  happened(happening: Happening): void {
    switch (happening.kind) {
      case "started":
        this.#startedAt = happening.at;
        this.#unlogged = [];
        return;
      case "source-broken":
        if (!this.#brokenSince.has(happening.how))
          this.#brokenSince.set(happening.how, happening.at);
        return;
      case "source-mended":
        this.#brokenSince.delete(happening.how);
        this.#unlogged = [];
        return;
      case "login":
        this.#unlogged.push(happening.at);
        return;
      case "readable":
        this.#unlogged = [];
        return;
      case "firewall":
        this.#noteFirewall(happening);
        return;
      case "configured":
      case "stopped":
      case "crashed":
      case "lost":
      case "forged":
      case "command":
      case "clock":
      case "disk-full":
      case "disk-free":
      case "session-opened":
      case "session-ended":
    }
  }

  #noteFirewall({ what, at }: Extract<Happening, { kind: "firewall" }>): void {
    if (what === "refuses" || what === "busy") this.#kernelSince ??= at;
    if (what !== "works-again") return;
    this.#kernelSince = undefined;
    this.#kernelWorksSince = at;
  }

  /** Returns since when the firewall works; `at` while it does not. */
  kernelWorksSince(at: number): number {
    return this.#kernelSince === undefined ? this.#kernelWorksSince : at;
  }

  /** Returns the troubles that jails in state "protecting" failed to report. */
  unsaid({ at, jails }: Observation): readonly string[] {
    const claims = jails.filter(({ state }) => state === "protecting").map(({ name }) => name);
    if (claims.length === 0) return [];
    const lasts = (since: number): number => at - Math.max(since, this.#startedAt);
    const unsaid = [...this.#brokenSince]
      .filter(([how, since]) => SEEN_AT_ONCE.has(how) && lasts(since) > SAID_WITHIN)
      .map(([how]) => `the log is ${how}`);
    const third = this.#unlogged[CONNECTIONS - 1];
    if (third !== undefined && lasts(third) > UNREAD_WITHIN)
      unsaid.push(`${this.#unlogged.length} connections have no line`);
    return unsaid.map((what) => `${claims.join(", ")} claims to protect: ${what}`);
  }
}
