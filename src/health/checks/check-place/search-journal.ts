/**
 * Searches the journal for lines of quiet jails whose sources do not deliver them. Each check queries a journal at most
 * once for all its jails, and only if it got entries since the last query.
 */
import { isProgramOf } from "../../../domain/program-glob.ts";
import { type Instant, instant } from "../../../domain/instant.ts";
import { APART_MS } from "../../judge/place-facts.ts";
import { journalActivity } from "../../../source/journal/journal-activity.ts";
import type { JournalLine } from "../../../source/journal/journal-line.ts";
import { readJournalEnd } from "../../../source/journal/read-journal-end.ts";
import { acceptsOf } from "../../../pipeline/sources/source-plan.ts";
import type { WatchedJail } from "../../jail-check.ts";
import { isAboutClient } from "../../recognize-lines.ts";
import { directoryOf, isOwnEntry, journalSetting, matchesOf } from "./own-entries.ts";
import type { JailLastLine, RecognizerOf, Sighting } from "./sighting.ts";

const FIRST_LOOK_BACK_MS = 86_400_000;
const OVERLAP_MS = 2000;
/** A jail whose location had a line within this time is not searched for. */
const QUIET_MS = 10_000;
const MAX_LINES = 2000;

/** Time of the last query for a jail's lines, and of the journal's last change then. */
interface Query {
  readonly at: Instant;
  readonly changedAt: Instant;
}

interface FoundLine {
  readonly jail: JailLastLine;
  readonly line: JournalLine;
}

export class JournalSearch {
  readonly #recognizerOf: RecognizerOf;
  readonly #queries = new WeakMap<object, Query>();

  constructor(recognizerOf: RecognizerOf) {
    this.#recognizerOf = recognizerOf;
  }

  async look(
    jails: readonly JailLastLine[],
    now: Instant,
  ): Promise<ReadonlyMap<WatchedJail, Sighting>> {
    const quiet = jails.filter(
      ({ watched, lastLineAt }) => lastLineAt < now - QUIET_MS && searchesJournal(watched),
    );
    const groups = Map.groupBy(quiet, ({ watched }) => directoryOf(watched) ?? "");
    const found = await Promise.all(
      [...groups].map(([directory, group]) => this.#ask(directory, group, now)),
    );
    const sightings = new Map<WatchedJail, Sighting>();
    for (const [{ watched }, own] of Map.groupBy(found.flat(), ({ jail }) => jail)) {
      const lines = own.map(({ line }) => line);
      const sighting = this.#sight(watched, lines);
      if (sighting !== undefined) sightings.set(watched, sighting);
    }
    return sightings;
  }

  async #ask(
    directory: string,
    jails: readonly JailLastLine[],
    now: Instant,
  ): Promise<readonly FoundLine[]> {
    const journal = directory === "" ? undefined : directory;
    const { changedAt } = journalActivity(journal);
    const due = jails.filter((jail) => this.#queries.get(keyOf(jail))?.changedAt !== changedAt);
    const matches = matchesOf(due.map(({ watched }) => watched));
    if (changedAt === undefined || matches.length === 0) return [];
    const since = Math.min(...due.map((jail) => this.#unaskedSince(jail, now)));
    for (const jail of due) this.#queries.set(keyOf(jail), { at: now, changedAt });
    const answer = await readJournalEnd({
      matches,
      directory: journal,
      lines: MAX_LINES,
      since: instant(since),
    });
    const lines = answer.ok ? answer.value : [];
    return lines.flatMap((line) =>
      due.filter((jail) => concerns(jail, line)).map((jail) => ({ jail, line })),
    );
  }

  #unaskedSince(jail: JailLastLine, now: Instant): number {
    const before = this.#queries.get(keyOf(jail))?.at ?? Number.NEGATIVE_INFINITY;
    return Math.max(before - OVERLAP_MS, jail.lastLineAt, now - FIRST_LOOK_BACK_MS);
  }

  #sight(watched: WatchedJail, lines: readonly JournalLine[]): Sighting | undefined {
    const [first, last] = [lines[0], lines.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    const text = lines.map((line) => `${line.text}\n`).join("");
    const fields = lines.map((line) => line.fields);
    const own = this.#recognizerOf(watched).ownLines(text, fields);
    const directory = directoryOf(watched);
    return {
      where: directory === undefined ? "the journal" : `the journal in ${directory}`,
      program: last.fields.program,
      first: first.receivedAt,
      last: last.receivedAt,
      lines: lines.length,
      recognized: own.some(({ match }) => match !== undefined),
      fromClients: own.some(isAboutClient),
      pastMatches: watched.live.search.source?.kind === "journal",
      setting: journalSetting(watched, last.fields),
    };
  }
}

/** Reports whether a look searches the journal for this jail, and the journal is readable. */
export function canSearchJournal(watched: WatchedJail): boolean {
  if (!searchesJournal(watched)) return false;
  const { changedAt, denied } = journalActivity(directoryOf(watched));
  return changedAt !== undefined && denied === undefined;
}

function keyOf({ watched }: JailLastLine): object {
  return watched.live.jail;
}

/**
 * Reports whether the journal is searched for a jail. A jail that reads it is included only while its matches have
 * selected nothing.
 */
function searchesJournal({ live }: WatchedJail): boolean {
  const { jail, definition, search } = live;
  const { programs, journal } = definition;
  if (search.source?.kind === "journal")
    return programs.length > 0 && jail.lastLineAt === undefined;
  return programs.length + journal.length > 0;
}

function concerns({ watched, lastLineAt }: JailLastLine, line: JournalLine): boolean {
  const { definition, search } = watched.live;
  if (line.receivedAt <= lastLineAt + APART_MS || !isOwnEntry(watched, line.fields)) return false;
  const { source } = search;
  if (source?.kind !== "journal") return true;
  const isNamed = isProgramOf(definition.programs, line.fields.program);
  return isNamed && acceptsOf(source)?.(line.fields) !== true;
}
