import type { Happening, JailPolicy, LoginOutcome } from "../happenings.ts";
import { DRIFT_LINES, SLACK, SOURCE_NAMED_WITHIN } from "./promises.ts";

type Broken = Extract<Happening, { kind: "source-broken" | "source-mended" }>;
type How = Broken["how"];

interface Trouble {
  readonly source: string;
  readonly how: How;
  readonly since: number;
  readonly unchecked: boolean;
  /** By service: number of events that show the trouble, and when there were enough. */
  readonly shown: Map<string, { count: number; at: number | undefined }>;
}

interface ReadableLogin {
  readonly service: string;
  readonly outcome: LoginOutcome;
}

/**
 * Events that make a trouble visible, and how many are needed; a trouble without an entry is visible without events.
 */
const SHOWN_BY: {
  readonly [how in How]?: { kind: "written" | "readable" | "dropped"; count: number };
} = {
  "writer-moved-away": { kind: "written", count: 1 },
  "reader-stalled": { kind: "readable", count: 1 },
  "rate-limited": { kind: "dropped", count: 1 },
  "format-changed": { kind: "readable", count: DRIFT_LINES },
};

/** Tracks what is broken between services and the sources that jails read. */
export class SourceTroubles {
  #troubles: Trouble[] = [];
  readonly #mendedAt = new Map<string, number>();

  /** Notes a happening; `login`: the one whose line became readable. */
  happened(happening: Happening, login: ReadableLogin | undefined): void {
    const { at, kind } = happening;
    if (kind === "source-broken") {
      this.#troubles.push({
        source: happening.source,
        how: happening.how,
        since: at,
        unchecked: happening.unchecked ?? false,
        shown: new Map(),
      });
    } else if (kind === "source-mended") {
      const { source, how } = happening;
      this.#troubles = this.#troubles.filter((one) => one.source !== source || one.how !== how);
      this.#mendedAt.set(source, at);
    } else if (kind === "login" && this.#troubles.length > 0) {
      const by = happening.logged ? "written" : "dropped";
      for (const trouble of this.#troubles) show(trouble, by, happening.service, at);
    } else if (kind === "readable" && login?.outcome === "failed" && !happening.again) {
      for (const trouble of this.#troubles) {
        if (trouble.source === happening.source) show(trouble, "readable", login.service, at);
      }
    }
  }

  isBroken(source: string, how?: How): boolean {
    return this.#troubles.some(
      (one) => one.source === source && (how === undefined || one.how === how),
    );
  }

  /**
   * Returns until when the source was in trouble; Infinity while it is. A jail with source "auto" may take a minute to
   * move.
   */
  troubledUntil(source: string, now: number): number {
    if (source !== "auto")
      return this.isBroken(source) ? Infinity : (this.#mendedAt.get(source) ?? -Infinity);
    const broken = this.#troubles.map(({ since }) => Math.min(now, since + SOURCE_NAMED_WITHIN));
    return Math.max(-Infinity, ...broken, ...this.#mendedAt.values());
  }

  /**
   * Returns the trouble that a jail must have reported by now; undefined: none. A jail with source "auto" moves
   * instead.
   */
  mustBeNamed({ source, service }: JailPolicy, now: number, since: number): How | undefined {
    return this.#troubles.find((trouble) => {
      if (trouble.source !== source || trouble.unchecked) return false;
      const shownAt =
        SHOWN_BY[trouble.how] === undefined ? trouble.since : trouble.shown.get(service)?.at;
      if (shownAt === undefined) return false;
      return now > Math.max(shownAt, since) + SOURCE_NAMED_WITHIN + SLACK;
    })?.how;
  }
}

function show(trouble: Trouble, kind: string, service: string, at: number): void {
  const by = SHOWN_BY[trouble.how];
  if (by?.kind !== kind) return;
  const shown = trouble.shown.get(service) ?? { count: 0, at: undefined };
  shown.count++;
  if (shown.count >= by.count) shown.at ??= at;
  trouble.shown.set(service, shown);
}
