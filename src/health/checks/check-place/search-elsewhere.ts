/**
 * Looks for lines of quiet jails in the places their sources do not read: the journal, asked at most once a look for all
 * of them and only if it went on, and the other log files their filters know, as far as these grew.
 * Remembers of each jail when it was asked for.
 */
import { existsSync } from "node:fs";
import type { Clock } from "../../../domain/clock.ts";
import { type Instant, instant } from "../../../domain/instant.ts";
import type { LineFields } from "../../../domain/line-batch.ts";
import { APART_MS } from "../../judge/judge-place.ts";
import type { Elsewhere } from "../../judge/place-facts.ts";
import type { LocalOffset } from "../../../parse/header/timestamp.ts";
import { expandPatterns } from "../../../source/file/expand-patterns.ts";
import { createAppendedLines } from "../../../source/file/appended-lines.ts";
import { type JournalActivity, journalActivity } from "../../../source/journal/journal-activity.ts";
import { isLoginAccount } from "../../../source/journal/journal-sender.ts";
import type { JournalLine } from "../../../source/journal/journal-line.ts";
import { readJournalEnd } from "../../../source/journal/read-journal-end.ts";
import type { WatchedJail } from "../../jail-check.ts";
import { lineInstant } from "../../../pipeline/sources/line-instant.ts";
import { createLineRecognizer, type LineRecognizer } from "../../recognize-lines.ts";
import { acceptsOf } from "../../../pipeline/sources/source-plan.ts";

/** A jail, and when its place last had a line; -Infinity: never. */
export interface HeardJail {
  readonly watched: WatchedJail;
  readonly heardAt: number;
}

export interface Sighting extends Omit<Elsewhere, "matchesNothing"> {
  /** In the journal that the jail reads, past its matches. */
  readonly pastMatches: boolean;
}

export interface ElsewhereSearch {
  /** What is found is newer than what the jail's own place had; whether another jail reads it says nothing. */
  look(jails: readonly HeardJail[], now: Instant): Promise<ReadonlyMap<WatchedJail, Sighting>>;
  /** What a jail's lines are looked for in, for people; undefined: nowhere. */
  placesOf(watched: WatchedJail): string | undefined;
  journal(directory: string | undefined): JournalActivity;
}

const FIRST_LOOK_BACK_MS = 86_400_000;
const OVERLAP_MS = 2000;
/** Whose place had a line this recently is not asked for elsewhere. */
const QUIET_MS = 10_000;
const STAMP_BACK_MS = 60_000;
const LINES = 2000;

interface Asked {
  readonly at: Instant;
  readonly changedAt: Instant;
}

export function createElsewhereSearch(clock: Clock, localOffset: LocalOffset): ElsewhereSearch {
  const appended = createAppendedLines();
  /** By jail: when the journal was asked for its lines. */
  const asked = new WeakMap<object, Asked>();
  const recognizers = new WeakMap<object, LineRecognizer>();

  function recognizerOf({ live }: WatchedJail): LineRecognizer {
    const { filter } = live.jail;
    const known = recognizers.get(filter);
    if (known !== undefined) return known;
    const made = createLineRecognizer(filter, localOffset, clock);
    recognizers.set(filter, made);
    return made;
  }

  async function askJournals(
    quiet: readonly HeardJail[],
    now: Instant,
  ): Promise<readonly [HeardJail, JournalLine][]> {
    const groups = Map.groupBy(quiet, ({ watched }) => directoryOf(watched) ?? "");
    const found = [...groups].map(([directory, jails]) => askJournal(directory, jails, now));
    return (await Promise.all(found)).flat();
  }

  async function askJournal(
    directory: string,
    jails: readonly HeardJail[],
    now: Instant,
  ): Promise<readonly [HeardJail, JournalLine][]> {
    const place = directory === "" ? undefined : directory;
    const { changedAt } = journalActivity(place);
    const due = jails.filter((jail) => asked.get(keyOf(jail))?.changedAt !== changedAt);
    const matches = unionOf(due);
    if (changedAt === undefined || matches.length === 0) return [];
    const since = Math.min(...due.map((jail) => unaskedSince(jail, now)));
    for (const jail of due) asked.set(keyOf(jail), { at: now, changedAt });
    const answer = await readJournalEnd({
      matches,
      directory: place,
      lines: LINES,
      since: instant(since),
    });
    const lines = answer.ok ? answer.value : [];
    return lines.flatMap((line) =>
      due
        .filter((jail) => concerns(jail, line))
        .map((jail): [HeardJail, JournalLine] => [jail, line]),
    );
  }

  function unaskedSince(jail: HeardJail, now: Instant): number {
    const before = asked.get(keyOf(jail))?.at ?? Number.NEGATIVE_INFINITY;
    return Math.max(before - OVERLAP_MS, jail.heardAt, now - FIRST_LOOK_BACK_MS);
  }

  async function sightInJournal(
    jails: readonly HeardJail[],
    now: Instant,
  ): Promise<ReadonlyMap<WatchedJail, Sighting>> {
    const quiet = jails.filter(
      ({ watched, heardAt }) => heardAt < now - QUIET_MS && searchesJournal(watched),
    );
    const pairs = await askJournals(quiet, now);
    const sightings = new Map<WatchedJail, Sighting>();
    for (const [jail, found] of Map.groupBy(pairs, ([one]) => one)) {
      const lines = found.map(([, line]) => line);
      const sighting = inJournal(jail.watched, lines);
      if (sighting !== undefined) sightings.set(jail.watched, sighting);
    }
    return sightings;
  }

  function inJournal(watched: WatchedJail, lines: readonly JournalLine[]): Sighting | undefined {
    const [first, last] = [lines[0], lines.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    const text = lines.map((line) => `${line.text}\n`).join("");
    const fields = lines.map((line) => line.fields);
    const own = recognizerOf(watched).ownLines(text, fields);
    const directory = directoryOf(watched);
    const place = directory === undefined ? "the journal" : `the journal in ${directory}`;
    return {
      where: place,
      program: last.fields.program,
      first: first.receivedAt,
      last: last.receivedAt,
      lines: lines.length,
      recognized: own.some(({ recognized }) => recognized),
      pastMatches: watched.live.search.source?.kind === "journal",
      setting: journalSetting(watched, last.fields),
    };
  }

  function sightInFiles(
    jails: readonly HeardJail[],
    now: Instant,
  ): ReadonlyMap<WatchedJail, Sighting> {
    const all = jails.map(({ watched }) => watched);
    const sightings = new Map<WatchedJail, Sighting>();
    const grown = new Map<string, ReturnType<typeof appended.since>>();
    // All of them each time, so that what grew while a jail was busy is not new when it falls quiet.
    for (const pattern of new Set(all.flatMap(({ live }) => live.definition.files)))
      grown.set(pattern, appended.since([pattern]));
    for (const { watched, heardAt } of jails) {
      const others = watched.live.definition.files.flatMap((pattern) => grown.get(pattern) ?? []);
      for (const grownFile of others) {
        const { path, changedAt } = grownFile;
        if (changedAt <= heardAt + APART_MS) continue;
        if (readsFile(watched, path)) continue;
        const own = recognizerOf(watched).ownLines(grownFile.read(), undefined);
        const [first, last] = [own[0], own.at(-1)];
        if (first === undefined || last === undefined) continue;
        const stamp = lineInstant(first.text, now, localOffset) ?? changedAt;
        sightings.set(watched, {
          where: path,
          program: watched.live.definition.programs[0] ?? watched.live.jail.filter.name,
          // The line came since the last look: a stamp that is much older is wrong.
          first: stamp > changedAt || stamp < changedAt - STAMP_BACK_MS ? changedAt : stamp,
          last: changedAt,
          lines: own.length,
          recognized: own.some(({ recognized }) => recognized),
          pastMatches: false,
          setting: `{ file = [${JSON.stringify(path)}] }`,
        });
      }
    }
    return sightings;
  }

  return {
    async look(jails, now) {
      const inFiles = sightInFiles(jails, now);
      const found = new Map(await sightInJournal(jails, now));
      for (const [watched, sighting] of inFiles)
        if (!found.has(watched)) found.set(watched, sighting);
      return found;
    },
    placesOf(watched) {
      const { definition } = watched.live;
      const journal = searchesJournal(watched) && isReadable(directoryOf(watched));
      const held = new Set(watched.source?.held?.map(({ path }) => path));
      const others = expandPatterns(definition.files).files.filter(
        (path) => !held.has(path) && existsSync(path),
      );
      const places = [...(journal ? ["the journal"] : []), ...others];
      return places.length === 0 ? undefined : places.join(", ");
    },
    journal: journalActivity,
  };
}

function keyOf({ watched }: HeardJail): object {
  return watched.live.jail;
}

function isReadable(directory: string | undefined): boolean {
  const { changedAt, denied } = journalActivity(directory);
  return changedAt !== undefined && denied === undefined;
}

function directoryOf({ live }: WatchedJail): string | undefined {
  const { source } = live.search;
  return source?.kind === "journal" ? source.directory : undefined;
}

/** A jail that reads the journal looks past its own matches only while these have found nothing. */
function searchesJournal({ live }: WatchedJail): boolean {
  const { jail, definition, search } = live;
  const { programs, journal } = definition;
  if (search.source?.kind === "journal") return programs.length > 0 && jail.heardAt === undefined;
  return programs.length + journal.length > 0;
}

/** What journald vouches for, and what the programs say they are; `concerns` sorts out who may say so. */
function unionOf(jails: readonly HeardJail[]): readonly (readonly string[])[] {
  const groups = jails.flatMap(({ watched }) => {
    const { programs, journal } = watched.live.definition;
    return [
      ...journal.map((match) => match.split(/\s+/)),
      ...programs.flatMap((program) => [
        [`_COMM=${program.slice(0, 15)}`],
        [`SYSLOG_IDENTIFIER=${program}`],
      ]),
    ];
  });
  return [...new Map(groups.map((group) => [group.join(" "), group])).values()];
}

function concerns({ watched, heardAt }: HeardJail, line: JournalLine): boolean {
  const { definition, search } = watched.live;
  if (line.receivedAt <= heardAt + APART_MS) return false;
  // Anybody can call a process like the program: what accounts for people write is no evidence against a place.
  const mayForge = isLoginAccount(line.fields.journal.get("_UID"));
  if (mayForge && !isKnown(watched, line.fields)) return false;
  const { source } = search;
  if (source?.kind === "journal")
    return (
      definition.programs.includes(line.fields.program) && acceptsOf(source)?.(line.fields) !== true
    );
  return definition.programs.includes(line.fields.program) || isKnown(watched, line.fields);
}

/** Whether the filter's own journal matches take it. */
function isKnown({ live }: WatchedJail, fields: LineFields): boolean {
  const matches = live.definition.journal.map((match) => match.split(/\s+/));
  return acceptsOf({ kind: "journal", matches, directory: undefined })?.(fields) === true;
}

function readsFile({ source }: WatchedJail, path: string): boolean {
  return source?.held?.some((held) => held.path === path) === true;
}

/** In the words of the configuration: the filter's own matches where they fit, else what marks this line. */
function journalSetting(watched: WatchedJail, fields: LineFields): string {
  const directory = directoryOf(watched);
  const { journal } = watched.live.definition;
  const marks = ["_SYSTEMD_UNIT", "_COMM", "SYSLOG_IDENTIFIER"];
  const mark = marks.find((name) => fields.journal.has(name)) ?? "_COMM";
  // A name proves nothing without the account.
  const account = mark === "_SYSTEMD_UNIT" ? "" : ` _UID=${fields.journal.get("_UID") ?? "0"}`;
  const matches = isKnown(watched, fields)
    ? journal
    : [`${mark}=${fields.journal.get(mark) ?? ""}${account}`];
  const quoted = matches.map((match) => JSON.stringify(match)).join(", ");
  const where = directory === undefined ? "" : `, directory = ${JSON.stringify(directory)}`;
  return `{ journal = [${quoted}]${where} }`;
}
