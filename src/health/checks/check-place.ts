/**
 * The place link: a jail reads where its programs write. Each look is a few system calls for each jail; the journal is
 * asked, and processes are searched, only for what is quiet and with a reason. A jail with `source = "auto"` whose lines
 * are elsewhere is moved there.
 */
import type { Clock } from "../../domain/clock.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import type { Proof } from "../../domain/proof.ts";
import { APART_MS, judgePlace, QUIET_MS } from "../judge/judge-place.ts";
import type { Elsewhere, PlaceFacts } from "../judge/place-facts.ts";
import type { LocalOffset } from "../../parse/header/timestamp.ts";
import { JOURNALD, journalStores } from "../../host/logs/journal-storage.ts";
import { receivesForwarded, receivesSyslog } from "../../host/logs/receives-syslog.ts";
import { findRunningPrograms, type RunningProgram } from "../../host/process/running-programs.ts";
import { findLogSource } from "../../source/find-log-source.ts";
import { readJournalEnd } from "../../source/journal/read-journal-end.ts";
import type { JailCheck, WatchedJail } from "../jail-check.ts";
import type { Jail } from "../../jails/jail.ts";
import type { LastLines } from "../last-lines.ts";
import type { LiveJail } from "../../pipeline/live-jail.ts";
import { isSharedLog } from "../../pipeline/sources/shared-log.ts";
import { droppedOf } from "./check-place/dropped-of.ts";
import { createFileLook } from "./check-place/look-at-files.ts";
import { isLocal, SYSLOG_DAEMONS } from "./check-place/other-views.ts";
import {
  createElsewhereSearch,
  type HeardJail,
  type Sighting,
} from "./check-place/search-elsewhere.ts";

export interface PlaceCheckOptions {
  readonly clock: Clock;
  readonly localOffset: LocalOffset;
  readonly lastLines: LastLines;
  /** Looks anew for the source of a jail, among places with lines newer than this. */
  readonly relocate: (jail: Jail, newerThan: Instant, reason: string) => Promise<void>;
}

/** Where this host's programs meet: a container has a folder of its own there. */
const RUN = "/run";
/** A file of which more than its end would have to be read to know that no line is in it. */
const WHOLE_BYTES = 65_536;

/** What is remembered of a jail at one place. */
interface Place {
  readonly where: string;
  /** The newest line found in it by searching; -Infinity: it has none. */
  readonly newest: number;
  elsewhere: Elsewhere | undefined;
  facts: PlaceFacts | undefined;
}

export function createPlaceCheck(options: PlaceCheckOptions): JailCheck {
  const { clock, localOffset, lastLines } = options;
  const places = new Map<string, Place>();
  const files = createFileLook();
  const search = createElsewhereSearch(clock, localOffset);

  async function placeOf(watched: WatchedJail, now: Instant): Promise<Place> {
    const { live } = watched;
    const where = whereOf(watched);
    const known = places.get(live.jail.name);
    if (known?.where === where) return known;
    const newest = await newestIn(watched, now);
    const place = { where, newest, elsewhere: undefined, facts: undefined };
    places.set(live.jail.name, place);
    return place;
  }

  /** Before any line came from there: what is in it already, by the time of the file, which no wrong zone can shift. */
  async function newestIn({ live, source }: WatchedJail, now: Instant): Promise<number> {
    const { source: setting } = live.search;
    // The journal is asked once lines are seen that pass by the matches.
    if (setting?.kind !== "file") return Number.NEGATIVE_INFINITY;
    const { newestInFiles } = await findLogSource({
      programs: live.definition.programs,
      files: setting.files,
      isShared: isSharedLog,
      journal: [],
      clock,
    });
    if (newestInFiles !== undefined) return newestInFiles;
    const whole = source?.held?.every(({ size }) => size <= WHOLE_BYTES) === true;
    return whole ? Number.NEGATIVE_INFINITY : now;
  }

  async function lookAt(jails: readonly WatchedJail[], now: Instant): Promise<void> {
    files.refresh(jails, now);
    const heard: HeardJail[] = [];
    for (const watched of jails) {
      const { newest } = await placeOf(watched, now);
      heard.push({ watched, heardAt: Math.max(watched.live.jail.heardAt ?? newest, newest) });
    }
    const sightings = await search.look(heard, now);
    for (const { watched, heardAt } of heard) await note(watched, heardAt, sightings.get(watched));
    await lookAtPrograms(jails, now);
  }

  /** Remembers what was seen elsewhere until the jail's own place has a line again. */
  async function note(
    watched: WatchedJail,
    heardAt: number,
    sighting: Sighting | undefined,
  ): Promise<void> {
    const place = places.get(watched.live.jail.name);
    if (place === undefined) return;
    const before = place.elsewhere;
    if (before !== undefined && before.last <= heardAt + APART_MS) place.elsewhere = undefined;
    if (sighting === undefined) return;
    const matchesNothing = sighting.pastMatches && (await matchNothing(watched));
    // Matches that find something are as narrow as they were meant to be.
    if (sighting.pastMatches && !matchesNothing) return;
    const same = place.elsewhere?.where === sighting.where ? place.elsewhere : undefined;
    place.elsewhere = {
      ...sighting,
      matchesNothing,
      first: same?.first ?? sighting.first,
      lines: (same?.lines ?? 0) + sighting.lines,
      recognized: sighting.recognized || same?.recognized === true,
    };
  }

  async function lookAtPrograms(jails: readonly WatchedJail[], now: Instant): Promise<void> {
    const quiet = jails.filter(
      (watched) => watched.live.search.source?.kind === "file" && files.isQuiet(watched, now),
    );
    const names = quiet.flatMap(({ live }) => live.definition.programs);
    const silent = jails.some(
      (watched) => quiet.includes(watched) || isSilentJournal(watched, now),
    );
    const running = silent
      ? findRunningPrograms([...new Set([...names, ...SYSLOG_DAEMONS, JOURNALD])])
      : [];
    const stores = journalStores(
      running.filter((one) => one.program === JOURNALD && isLocal(one, RUN)).map(({ pid }) => pid),
    );
    const received = new Map<string, boolean | undefined>();
    const unheard = new Set<string>();
    for (const { live } of quiet) {
      const { name } = live.jail;
      // Whether another file is its place depends on who has the jail's own file open now.
      if (places.get(name)?.elsewhere !== undefined || stores === false) unheard.add(name);
      const own = running.find(
        (one) => live.definition.programs.includes(one.program) && isLocal(one, RUN),
      );
      if (own === undefined) continue;
      const reached = await receivesSyslog(own.pid);
      // What journald takes and does not store it can only pass on.
      const takes = reached === true && stores === false ? await receivesForwarded() : reached;
      received.set(name, takes);
      if (takes === false) unheard.add(name);
    }
    await files.findWriters(quiet, unheard, now);
    for (const watched of jails) {
      const seen = quiet.includes(watched) ? running : [];
      const syslogReceived = received.get(watched.live.jail.name);
      gather(watched, { now, running: seen, received: syslogReceived, stores });
    }
  }

  function gather(
    watched: WatchedJail,
    seen: {
      readonly now: Instant;
      readonly running: readonly RunningProgram[];
      readonly received: boolean | undefined;
      readonly stores: boolean | undefined;
    },
  ): void {
    const { live, source } = watched;
    const place = places.get(live.jail.name);
    if (place === undefined || source === undefined) return;
    const { programs } = live.definition;
    const own = seen.running.filter((one) => programs.includes(one.program) && isLocal(one, RUN));
    const searched = search.placesOf(watched);
    const directory = source.kind === "journal" ? directoryOf(live) : undefined;
    const { changedAt, denied } = search.journal(directory);
    const { jail } = live;
    const lines = { line: source.lastLineAt, heard: heardAt(live, place.newest) };
    lastLines.note(jail.name, place.where, lines, seen.now);
    place.facts = {
      lookedAt: seen.now,
      jail: live.jail.name,
      kind: source.kind === "journal" ? "journal" : "file",
      where: source.where,
      missing: source.state === "waiting",
      programs,
      heardAt: heardAt(live, place.newest),
      heardBefore: lastLines.of(jail.name, place.where).heard,
      lines: source.lines,
      searched: searched === undefined ? undefined : { at: seen.now, where: searched },
      elsewhere: place.elsewhere,
      files: files.factsOf(watched, seen.running),
      running: own,
      syslogReceived: seen.received,
      journalReadable: changedAt !== undefined && denied === undefined,
      // Who writes to a folder of somebody's own choice nobody knows.
      journalStores: directory === undefined ? seen.stores : undefined,
      journalChangedAt: directory === undefined ? changedAt : undefined,
      dropped: [],
    };
  }

  async function moveOver(jails: readonly WatchedJail[], now: Instant): Promise<void> {
    for (const watched of jails) {
      const { live } = watched;
      if (live.jail.config.source.kind !== "auto") continue;
      const place = places.get(live.jail.name);
      const moved = proofsOf(watched, now).find(
        (proof) => proof.kind === "found" && proof.cause === "writes-elsewhere",
      );
      if (moved === undefined || place === undefined) continue;
      const heard = heardAt(live, place.newest) ?? instant(0);
      await options.relocate(live.jail, instant(heard + APART_MS), moved.evidence);
    }
  }

  function proofsOf(watched: WatchedJail, now: Instant): readonly Proof[] {
    const place = places.get(watched.live.jail.name);
    if (place?.facts === undefined || place.where !== whereOf(watched)) {
      const evidence = isCompared(watched)
        ? "not looked yet"
        : "a command and standard input are read as they are";
      return [{ kind: "unproven", link: "place", evidence }];
    }
    // What the main path knows by now is newer than the last look.
    const facts = {
      ...place.facts,
      heardAt: heardAt(watched.live, place.newest),
      unbelieved: watched.live.jail.unproven.lines,
      lines: watched.source?.lines ?? 0,
      dropped: droppedOf(watched),
    };
    return judgePlace(facts, now);
  }

  return {
    name: "place",
    close: () => lastLines.save(),
    async look(jails, now) {
      const compared = jails.filter(isCompared);
      const names = new Set<string>(compared.map(({ live }) => live.jail.name));
      for (const name of places.keys()) if (!names.has(name)) places.delete(name);
      await lookAt(compared, now);
      await moveOver(compared, now);
    },
    proofs: proofsOf,
  };
}

function directoryOf({ search }: LiveJail): string | undefined {
  return search.source?.kind === "journal" ? search.source.directory : undefined;
}

/** A jail of the system's journal that has had no line for a while. */
function isSilentJournal({ live }: WatchedJail, now: Instant): boolean {
  const { source } = live.search;
  if (source?.kind !== "journal" || source.directory !== undefined) return false;
  return live.jail.heardAt === undefined || live.jail.heardAt < now - QUIET_MS;
}

function isCompared({ live, source }: WatchedJail): boolean {
  const kind = live.search.source?.kind;
  return source !== undefined && (kind === "file" || kind === "journal");
}

/** A source by name, as `LastLines` knows it. */
export function whereOf({ source }: Pick<WatchedJail, "source">): string {
  return `${source?.kind} ${source?.where}`;
}

function heardAt({ jail }: LiveJail, newest: number): Instant | undefined {
  const at = Math.max(jail.heardAt ?? newest, newest);
  return Number.isFinite(at) ? instant(at) : undefined;
}

/** Whether the jail's matches find no entry at all. */
async function matchNothing({ live }: WatchedJail): Promise<boolean> {
  const { source } = live.search;
  if (source?.kind !== "journal") return false;
  const { matches, directory } = source;
  const found = await readJournalEnd({ matches, directory, lines: 1 });
  return found.ok && found.value.length === 0;
}
