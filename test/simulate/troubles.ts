/**
 * Tracks what is wrong with the host at a moment, and since when. During that time no jail may report that it protects,
 * once the checks had time to notice (invariant 11).
 */
import type { Happening, JailPolicy, Observation } from "./happenings.ts";

type Broken = Extract<Happening, { readonly how: unknown }>["how"];

/** Two rounds of checks: the first may run a moment before the trouble has an effect. */
const SAID_WITHIN = 65_000;
/** Time until an unread line is reported: `compare-files.ts` must see it twice. */
const UNREAD_WITHIN = 100_000;
/** Number of connections without a line that are reported (`judge-connections.ts`). */
const CONNECTIONS = 3;
/** A connection that ends within this time after a line may be the one of that line (`judge-connections.ts`). */
const AFTER_LINE = 2000;

/** Troubles of a log that are noticed without any traffic. */
const SEEN_AT_ONCE: ReadonlySet<Broken> = new Set(["unreadable"]);

/** What is wrong with one source. */
interface SourceTroubles {
  readonly brokenSince: Map<Broken, number>;
  lastLineAt: number;
  /** True times of logins after the last line whose lines were not readable there. */
  unlogged: number[];
}

export class Troubles {
  /** By source that a jail reads. */
  readonly #sources = new Map<string, SourceTroubles>();
  #jails: ReadonlyMap<string, JailPolicy> = new Map();
  #startedAt = 0;
  #kernelSince: number | undefined;
  #kernelWorksSince = 0;

  happened(happening: Happening): void {
    switch (happening.kind) {
      case "started":
        this.#startedAt = happening.at;
        for (const source of this.#sources.values()) readLate(source, happening.at);
        return;
      case "source-broken":
        this.#source(happening.source).brokenSince.getOrInsert(happening.how, happening.at);
        return;
      case "source-mended":
        this.#source(happening.source).brokenSince.delete(happening.how);
        readLate(this.#source(happening.source), happening.at);
        return;
      case "login":
        for (const { lastLineAt, unlogged } of this.#sources.values())
          if (happening.at > lastLineAt + AFTER_LINE) unlogged.push(happening.at);
        return;
      case "readable":
        Object.assign(this.#source(happening.source), { lastLineAt: happening.at, unlogged: [] });
        return;
      case "firewall":
        this.#noteFirewall(happening);
        return;
      case "configured":
        this.#configure(happening);
        return;
      case "stopped":
      case "crashed":
      case "lost":
      case "forged":
      case "command":
      case "clock":
      case "btmp":
      case "disk-full":
      case "disk-free":
      case "session-opened":
      case "session-ended":
    }
  }

  /** A changed jail is restarted, and needs connections after that to see that they have no line. */
  #configure({ jails, at }: Extract<Happening, { kind: "configured" }>): void {
    for (const jail of jails)
      if (JSON.stringify(this.#jails.get(jail.name)) !== JSON.stringify(jail))
        readLate(this.#source(jail.source), at);
    this.#jails = new Map(jails.map((jail) => [jail.name, jail]));
  }

  #source(source: string): SourceTroubles {
    return this.#sources.getOrInsertComputed(source, () => ({
      brokenSince: new Map<Broken, number>(),
      lastLineAt: -Infinity,
      unlogged: [],
    }));
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
    return claims.flatMap((name) =>
      this.#troublesOf(this.#jails.get(name)?.source ?? "", at).map(
        (what) => `${name} claims to protect: ${what}`,
      ),
    );
  }

  #troublesOf(source: string, at: number): readonly string[] {
    const { brokenSince, unlogged } = this.#source(source);
    const lasts = (since: number): number => at - Math.max(since, this.#startedAt);
    const found = [...brokenSince]
      .filter(([how, since]) => SEEN_AT_ONCE.has(how) && lasts(since) > SAID_WITHIN)
      .map(([how]) => `the log is ${how}`);
    const third = unlogged[CONNECTIONS - 1];
    if (third !== undefined && lasts(third) > UNREAD_WITHIN)
      found.push(`${unlogged.length} connections have no line`);
    return found;
  }
}

/** A reader begins or resumes, and may deliver only now what was readable before. */
function readLate(source: SourceTroubles, at: number): void {
  Object.assign(source, { lastLineAt: at, unlogged: [] });
}
