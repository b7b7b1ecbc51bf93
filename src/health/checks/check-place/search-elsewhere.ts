/**
 * Searches for lines of quiet jails outside their sources. It reads the journal, and what was appended to other log
 * files that the filters name.
 */
import { existsSync } from "node:fs";
import type { Clock } from "../../../domain/clock.ts";
import type { Instant } from "../../../domain/instant.ts";
import { APART_MS, type LostFailures } from "../../judge/place-facts.ts";
import type { LocalOffset } from "../../../parse/header/timestamp.ts";
import { expandPatterns } from "../../../source/file/expand-patterns.ts";
import { type AppendedLines, createAppendedLines } from "../../../source/file/appended-lines.ts";
import type { WatchedJail } from "../../jail-check.ts";
import { lineInstant } from "../../../pipeline/sources/line-instant.ts";
import { createLineRecognizer, isAboutClient, type LineRecognizer } from "../../recognize-lines.ts";
import { LostFailureSearch } from "./lost-failures.ts";
import type { JailLastLine, RecognizerOf, Sighting } from "./sighting.ts";
import { canSearchJournal, JournalSearch } from "./search-journal.ts";

export interface ElsewhereSearch {
  /** Returns lines newer than the newest of the jail's own location; another jail may read them. */
  look(jails: readonly JailLastLine[], now: Instant): Promise<ReadonlyMap<WatchedJail, Sighting>>;
  /** Searches for failures that the journal has and the jails' files lack. */
  compare(jails: readonly WatchedJail[], now: Instant): Promise<void>;
  lostOf(watched: WatchedJail): LostFailures | undefined;
  /** Describes where a jail's lines are searched for; undefined: nowhere. */
  placesOf(watched: WatchedJail): string | undefined;
}

/**
 * If a timestamp is this much older than the file's last change, the timestamp is wrong: the line came since the last
 * look.
 */
const MAX_STAMP_AGE_MS = 60_000;

export function createElsewhereSearch(clock: Clock, localOffset: LocalOffset): ElsewhereSearch {
  const recognizers = new WeakMap<object, LineRecognizer>();
  function recognizerOf({ live }: WatchedJail): LineRecognizer {
    const { filter } = live.jail;
    return recognizers.getOrInsertComputed(filter, () =>
      createLineRecognizer(filter, localOffset, clock),
    );
  }
  const journal = new JournalSearch(recognizerOf);
  const files = new FileSearch(recognizerOf, localOffset);
  const lost = new LostFailureSearch(recognizerOf, localOffset);
  return {
    async look(jails, now) {
      const inFiles = files.look(jails, now);
      const inJournal = await journal.look(jails, now);
      return new Map([...inFiles, ...inJournal]);
    },
    compare: (jails, now) => lost.look(jails, now),
    lostOf: (watched) => lost.lostOf(watched),
    placesOf(watched) {
      const held = new Set(watched.source?.openFiles?.map(({ path }) => path));
      const others = expandPatterns(watched.live.definition.files).files.filter(
        (path) => !held.has(path) && existsSync(path),
      );
      const places = [...(canSearchJournal(watched) ? ["the journal"] : []), ...others];
      return places.length === 0 ? undefined : places.join(", ");
    },
  };
}

type GrownFile = ReturnType<AppendedLines["since"]>[number];

class FileSearch {
  readonly #recognizerOf: RecognizerOf;
  readonly #localOffset: LocalOffset;
  readonly #appended = createAppendedLines();

  constructor(recognizerOf: RecognizerOf, localOffset: LocalOffset) {
    this.#recognizerOf = recognizerOf;
    this.#localOffset = localOffset;
  }

  look(jails: readonly JailLastLine[], now: Instant): ReadonlyMap<WatchedJail, Sighting> {
    const sightings = new Map<WatchedJail, Sighting>();
    const patterns = new Set(jails.flatMap(({ watched }) => watched.live.definition.files));
    // Reads the growth of every pattern, so that lines from while a jail was busy do not count as new later.
    const grown = new Map([...patterns].map((one) => [one, this.#appended.since([one])]));
    for (const { watched, lastLineAt } of jails) {
      const files = watched.live.definition.files.flatMap((pattern) => grown.get(pattern) ?? []);
      for (const file of files) {
        if (file.changedAt <= lastLineAt + APART_MS || readsFile(watched, file.path)) continue;
        const sighting = this.#sight(watched, file, now);
        if (sighting !== undefined) sightings.set(watched, sighting);
      }
    }
    return sightings;
  }

  #sight(watched: WatchedJail, file: GrownFile, now: Instant): Sighting | undefined {
    const { path, changedAt } = file;
    const { definition, jail } = watched.live;
    const own = this.#recognizerOf(watched).ownLines(file.read(), undefined);
    const [first] = own;
    if (first === undefined) return undefined;
    const stamp = lineInstant(first.text, now, this.#localOffset) ?? changedAt;
    const isWrong = stamp > changedAt || stamp < changedAt - MAX_STAMP_AGE_MS;
    return {
      where: path,
      program: definition.programs[0] ?? jail.filter.name,
      first: isWrong ? changedAt : stamp,
      last: changedAt,
      lines: own.length,
      recognized: own.some(({ match }) => match !== undefined),
      fromClients: own.some(isAboutClient),
      pastMatches: false,
      setting: `{ file = [${JSON.stringify(path)}] }`,
    };
  }
}

function readsFile({ source }: WatchedJail, path: string): boolean {
  return source?.openFiles?.some((held) => held.path === path) === true;
}
