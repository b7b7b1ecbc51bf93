/**
 * Verifies that each jail reads the log that its programs write to. A look costs a few system calls per jail; it
 * searches the journal and the processes only for quiet jails. A jail with `source = "auto"` moves to the location
 * where its lines were found.
 */
import type { Clock } from "../../domain/clock.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import type { Proof } from "../../domain/proof.ts";
import { judgePlace } from "../judge/judge-place.ts";
import { APART_MS, type Elsewhere, type PlaceFacts } from "../judge/place-facts.ts";
import { isSystemLine } from "../../parse/header/is-system-line.ts";
import type { LocalOffset } from "../../parse/header/timestamp.ts";
import { findLogSource } from "../../source/find-log-source.ts";
import { journalActivity } from "../../source/journal/journal-activity.ts";
import { readJournalEnd } from "../../source/journal/read-journal-end.ts";
import type { JailCheck, WatchedJail } from "../jail-check.ts";
import type { Jail } from "../../jails/jail.ts";
import type { LastLines } from "../last-lines.ts";
import { isInContainer, type LiveJail } from "../../pipeline/live-jail.ts";
import { isSharedLog } from "../../host/logs/shared-log.ts";
import { droppedOf } from "./check-place/dropped-of.ts";
import { FileLook } from "./check-place/look-at-files.ts";
import { lookAtPrograms, ownPrograms, type ProgramLook } from "./check-place/look-at-programs.ts";
import { createElsewhereSearch, type ElsewhereSearch } from "./check-place/search-elsewhere.ts";
import type { JailLastLine, Sighting } from "./check-place/sighting.ts";

export interface PlaceCheckOptions {
  readonly clock: Clock;
  readonly localOffset: LocalOffset;
  readonly lastLines: LastLines;
  /** Searches again for the source of a jail, among locations with lines newer than this. */
  readonly relocate: (jail: Jail, newerThan: Instant, reason: string) => Promise<void>;
}

/** Number of bytes at the end of a file that are searched; older lines are ignored. */
const MAX_SEARCHED_BYTES = 65_536;

/** State of a jail at one log location. */
interface Place {
  readonly where: string;
  /** Time of the newest line that a search of the log found; -Infinity: none. */
  readonly newest: number;
  elsewhere: Elsewhere | undefined;
  facts: PlaceFacts | undefined;
}

export class PlaceCheck implements JailCheck {
  readonly name = "place";
  readonly #options: PlaceCheckOptions;
  readonly #places = new Map<string, Place>();
  #files = new FileLook();
  #search: ElsewhereSearch;

  constructor(options: PlaceCheckOptions) {
    this.#options = options;
    this.#search = createElsewhereSearch(options.clock, options.localOffset);
  }

  async look(all: readonly WatchedJail[], now: Instant): Promise<void> {
    const jails = all.filter(isCompared);
    const names = new Set<string>(jails.map(({ live }) => live.jail.name));
    for (const name of this.#places.keys()) if (!names.has(name)) this.#places.delete(name);
    this.#files.refresh(jails, now);
    await this.#lookElsewhere(jails, now);
    const programs = await lookAtPrograms(
      jails,
      (watched) => this.#files.isQuiet(watched, now),
      now,
    );
    await this.#files.findWriters(programs.quiet, this.#suspiciouslyQuiet(programs), now);
    for (const watched of jails) this.#gather(watched, programs, now);
    await this.#search.compare(jails, now);
    await this.#moveOver(jails, now);
  }

  /** Forgets everything, because times of files and journal entries are from before the step. */
  shift(step: number): void {
    const { clock, localOffset, lastLines } = this.#options;
    lastLines.shift(step);
    this.#places.clear();
    this.#files = new FileLook();
    this.#search = createElsewhereSearch(clock, localOffset);
  }

  async #lookElsewhere(jails: readonly WatchedJail[], now: Instant): Promise<void> {
    const withLastLine: JailLastLine[] = [];
    for (const watched of jails) {
      const { newest } = await this.#placeOf(watched, now);
      withLastLine.push({
        watched,
        lastLineAt: Math.max(watched.live.jail.lastLineAt ?? newest, newest),
      });
    }
    const sightings = await this.#search.look(withLastLine, now);
    for (const jail of withLastLine) await this.#note(jail, sightings.get(jail.watched));
  }

  async #placeOf(watched: WatchedJail, now: Instant): Promise<Place> {
    const where = whereOf(watched);
    const known = this.#places.get(watched.live.jail.name);
    if (known?.where === where) return known;
    const newest = await newestIn(watched, this.#options.clock, now);
    const place = { where, newest, elsewhere: undefined, facts: undefined };
    this.#places.set(watched.live.jail.name, place);
    return place;
  }

  /** Stores lines seen in another location, until the jail's own location gets a line. */
  async #note(
    { watched, lastLineAt }: JailLastLine,
    sighting: Sighting | undefined,
  ): Promise<void> {
    const place = this.#places.get(watched.live.jail.name);
    if (place === undefined) return;
    const before = place.elsewhere;
    if (before !== undefined && before.last <= lastLineAt + APART_MS) place.elsewhere = undefined;
    if (sighting === undefined) return;
    const matchesNothing = sighting.pastMatches && (await findsNothing(watched));
    // Journal matches that select any entry exclude others on purpose.
    if (sighting.pastMatches && !matchesNothing) return;
    place.elsewhere = addSighting(place.elsewhere, { ...sighting, matchesNothing });
  }

  /** Returns names of quiet jails for which a search of all processes is worth its cost. */
  #suspiciouslyQuiet({ quiet, stores, received }: ProgramLook): ReadonlySet<string> {
    // If lines were seen elsewhere, the search shows whether a process still has the jail's own file open.
    const suspicious = quiet.filter(
      (watched) =>
        stores === false ||
        received.get(watched) === false ||
        this.#places.get(watched.live.jail.name)?.elsewhere !== undefined,
    );
    return new Set(suspicious.map(({ live }) => live.jail.name));
  }

  #gather(watched: WatchedJail, programs: ProgramLook, now: Instant): void {
    const { live, source } = watched;
    const { jail } = live;
    const place = this.#places.get(jail.name);
    if (place === undefined || source === undefined) return;
    const { lastLines } = this.#options;
    const lastLineAt = newestLineAt(live, place.newest);
    lastLines.note(jail.name, place.where, { line: source.lastLineAt, heard: lastLineAt }, now);
    const running = programs.quiet.includes(watched) ? programs.running : [];
    const searched = this.#search.placesOf(watched);
    const directory = source.kind === "journal" ? directoryOf(live) : undefined;
    const { changedAt, denied } = journalActivity(directory);
    place.facts = {
      lookedAt: now,
      jail: jail.name,
      kind: source.kind === "journal" ? "journal" : "file",
      where: source.where,
      missing: source.state === "waiting",
      programs: live.definition.programs,
      lastLineAt,
      lastLineEverAt: lastLines.of(jail.name, place.where).heard,
      lines: source.lines,
      searched: searched === undefined ? undefined : { at: now, where: searched },
      elsewhere: place.elsewhere,
      files: this.#files.factsOf(watched, running),
      running: ownPrograms(watched, running),
      syslogReceived: programs.received.get(watched),
      journalReadable: changedAt !== undefined && denied === undefined,
      // For a configured directory it is unknown which program writes to it.
      journalStores: directory === undefined ? programs.stores : undefined,
      journalChangedAt: directory === undefined ? changedAt : undefined,
      dropped: [],
    };
  }

  async #moveOver(jails: readonly WatchedJail[], now: Instant): Promise<void> {
    for (const watched of jails) {
      const { jail } = watched.live;
      if (jail.config.source.kind !== "auto") continue;
      const place = this.#places.get(jail.name);
      const moved = this.proofs(watched, now).find(
        (proof) => proof.kind === "found" && proof.cause === "writes-elsewhere",
      );
      if (moved === undefined || place === undefined) continue;
      const lastLineAt = newestLineAt(watched.live, place.newest) ?? instant(0);
      await this.#options.relocate(jail, instant(lastLineAt + APART_MS), moved.evidence);
    }
  }

  proofs(watched: WatchedJail, now: Instant): readonly Proof[] {
    const { live, source } = watched;
    const place = this.#places.get(live.jail.name);
    if (place?.facts === undefined || place.where !== whereOf(watched)) {
      return [{ kind: "unproven", link: "place", evidence: whyNotCompared(watched) }];
    }
    // Updates the facts: the main path has read lines since the last look.
    const facts = {
      ...place.facts,
      lastLineAt: newestLineAt(live, place.newest),
      untrusted: live.jail.unproven.lines,
      lines: source?.lines ?? 0,
      dropped: droppedOf(watched),
      lost: this.#search.lostOf(watched),
    };
    return judgePlace(facts, now);
  }

  close(): void {
    this.#options.lastLines.save();
  }
}

/**
 * Returns the time of the newest line that a log contained before it was read. Uses the time of the file, which does
 * not depend on time zones.
 */
async function newestIn(
  { live, source }: WatchedJail,
  clock: Clock,
  now: Instant,
): Promise<number> {
  const { source: setting } = live.search;
  // A journal is searched later, only if entries outside the matches were seen.
  if (setting?.kind !== "file") return Number.NEGATIVE_INFINITY;
  const { newestInFiles } = await findLogSource({
    programs: live.definition.programs,
    files: setting.files,
    isShared: isSharedLog,
    isSystemLine,
    journal: [],
    clock,
  });
  if (newestInFiles !== undefined) return newestInFiles;
  const isWhole = source?.openFiles?.every(({ size }) => size <= MAX_SEARCHED_BYTES) === true;
  return isWhole ? Number.NEGATIVE_INFINITY : now;
}

function addSighting(before: Elsewhere | undefined, sighting: Elsewhere): Elsewhere {
  if (before?.where !== sighting.where) return sighting;
  return {
    ...sighting,
    first: before.first,
    lines: before.lines + sighting.lines,
    recognized: sighting.recognized || before.recognized,
    fromClients: sighting.fromClients || before.fromClients,
  };
}

function directoryOf({ search }: LiveJail): string | undefined {
  return search.source?.kind === "journal" ? search.source.directory : undefined;
}

function isCompared({ live, source }: WatchedJail): boolean {
  const kind = live.search.source?.kind;
  // The engine says where a container's log is. The same program may run and log outside of the container.
  if (isInContainer(live.jail)) return false;
  return source !== undefined && (kind === "file" || kind === "journal");
}

/** Identifies a source for `LastLines`. */
export function whereOf({ source }: Pick<WatchedJail, "source">): string {
  return `${source?.kind} ${source?.where}`;
}

function whyNotCompared({ live }: WatchedJail): string {
  if (isInContainer(live.jail)) return "nothing to compare: the engine names the container's log";
  switch (live.search.source?.kind) {
    case "file":
    case "journal":
      return "not checked yet";
    case "command":
      return "nothing to compare: the lines are the output of a command";
    case "stdin":
      return "nothing to compare: the lines come from standard input";
    case "none":
    case undefined:
      return "no log to compare";
  }
}

function newestLineAt({ jail }: LiveJail, newest: number): Instant | undefined {
  const at = Math.max(jail.lastLineAt ?? newest, newest);
  return Number.isFinite(at) ? instant(at) : undefined;
}

/** Reports whether the jail's journal matches select no entry at all. */
async function findsNothing({ live }: WatchedJail): Promise<boolean> {
  const { source } = live.search;
  if (source?.kind !== "journal") return false;
  const { matches, directory } = source;
  const found = await readJournalEnd({ matches, directory, lines: 1 });
  return found.ok && found.value.length === 0;
}
