/**
 * Compares failures in the journal with the log file that a syslog daemon writes from the same messages. A daemon that is
 * too slow, limits its rate or cannot write loses lines, and nothing in the file shows it.
 */
import { type Instant, instant } from "../../../domain/instant.ts";
import type { LocalOffset } from "../../../parse/header/timestamp.ts";
import { lineInstant } from "../../../pipeline/sources/line-instant.ts";
import { readFileEnd } from "../../../source/file/read-file-end.ts";
import { journalActivity } from "../../../source/journal/journal-activity.ts";
import type { JournalLine } from "../../../source/journal/journal-line.ts";
import { readJournalEnd } from "../../../source/journal/read-journal-end.ts";
import type { LostFailures } from "../../judge/place-facts.ts";
import type { WatchedJail } from "../../jail-check.ts";
import { isOwnEntry, journalSetting, matchesOf } from "./own-entries.ts";
import type { RecognizerOf } from "./sighting.ts";

const EVERY_MS = 30_000;
/** A younger line may still arrive in the file. */
const SETTLED_MS = 20_000;
/** Missing failures are remembered for this long. */
const KEPT_MS = 900_000;
/** Timestamps of a file may be rounded down to this. */
const STAMP_MS = 1000;
const MAX_ENTRIES = 500;
const MAX_FILES = 4;
/** Syslog daemons escape other characters and cut longer messages. */
const COPIED_AS_IS = /^[ -~]{1,900}$/;

interface State {
  /** Entries received until then were compared. */
  readonly until: Instant;
  /** Whether an entry was found in the file, so that the file is written from the same messages. */
  readonly isSame: boolean;
  /** Failures that the file lacks, oldest first. */
  readonly missing: readonly JournalLine[];
}

export class LostFailureSearch {
  readonly #recognizerOf: RecognizerOf;
  readonly #localOffset: LocalOffset;
  readonly #states = new WeakMap<object, State>();

  constructor(recognizerOf: RecognizerOf, localOffset: LocalOffset) {
    this.#recognizerOf = recognizerOf;
    this.#localOffset = localOffset;
  }

  /** Returns failures that the journal has and the jail's file lacks; undefined: none is known. */
  lostOf(watched: WatchedJail): LostFailures | undefined {
    const { missing = [] } = this.#states.get(watched.live.jail) ?? {};
    const newest = missing.at(-1);
    if (newest === undefined) return undefined;
    const { text: line, receivedAt: at, fields } = newest;
    return { count: missing.length, at, line, setting: journalSetting(watched, fields) };
  }

  async look(jails: readonly WatchedJail[], now: Instant): Promise<void> {
    const until = instant(now - SETTLED_MS);
    const due = jails.filter((watched) => this.#isDue(watched, until));
    const matches = matchesOf(due);
    const since = Math.min(...due.map(({ live }) => this.#stateOf(live.jail, until).until));
    const { changedAt } = journalActivity();
    const isRead = changedAt !== undefined && changedAt > since && matches.length > 0;
    const read = isRead
      ? await readJournalEnd({ matches, lines: MAX_ENTRIES, since: instant(since) })
      : undefined;
    for (const watched of due) this.#compare(watched, read?.ok === true ? read.value : [], until);
  }

  #isDue(watched: WatchedJail, until: Instant): boolean {
    const { jail, search } = watched.live;
    return search.source?.kind === "file" && this.#stateOf(jail, until).until <= until - EVERY_MS;
  }

  #stateOf(jail: object, until: Instant): State {
    return this.#states.getOrInsertComputed(jail, () => ({
      until,
      isSame: false,
      missing: [],
    }));
  }

  #compare(watched: WatchedJail, entries: readonly JournalLine[], until: Instant): void {
    const { jail } = watched.live;
    const before = this.#stateOf(jail, until);
    const own = entries.filter(
      ({ receivedAt, fields }) =>
        receivedAt > before.until && receivedAt <= until && isOwnEntry(watched, fields),
    );
    const failures = this.#failuresOf(watched, own);
    const isKept = ({ receivedAt }: JournalLine): boolean => receivedAt > until - KEPT_MS;
    const compared = [...before.missing.filter(isKept), ...failures].slice(-MAX_ENTRIES);
    if (compared.length === 0)
      return void this.#states.set(jail, { ...before, until, missing: [] });
    const end = readEnd(watched, until, this.#localOffset);
    // A line that comes late is no longer missing; one that may be in a rotated file never is.
    const missing = compared.filter(
      (entry) =>
        !end.text.includes(entry.text) &&
        (entry.receivedAt > end.from || before.missing.includes(entry)),
    );
    const isSame = before.isSame || failures.some(({ text }) => end.text.includes(text));
    // Otherwise the file is of other programs or hosts.
    this.#states.set(jail, { until, isSame, missing: isSame ? missing : [] });
  }

  #failuresOf(watched: WatchedJail, entries: readonly JournalLine[]): readonly JournalLine[] {
    const text = entries.map((entry) => `${entry.text}\n`).join("");
    const fields = entries.map((entry) => entry.fields);
    return this.#recognizerOf(watched)
      .ownLines(text, fields)
      .filter(({ match }) => match?.kind === "failure")
      .flatMap(({ number }) => entries[number] ?? [])
      .filter((entry) => COPIED_AS_IS.test(entry.text));
  }
}

/** Returns the last lines of a jail's files, which contain all lines since `from`; Infinity: this is unknown. */
function readEnd(
  { source }: WatchedJail,
  now: Instant,
  localOffset: LocalOffset,
): { readonly text: string; readonly from: number } {
  const paths = (source?.openFiles ?? []).map(({ path }) => path);
  const isUnknown = paths.length === 0 || paths.length > MAX_FILES;
  const ends = isUnknown ? [] : paths.map(endOf);
  const begins = ends.map((text) => {
    const first = text.slice(0, Math.max(0, text.indexOf("\n")));
    return lineInstant(first, now, localOffset) ?? Number.POSITIVE_INFINITY;
  });
  const from = isUnknown ? Number.POSITIVE_INFINITY : Math.max(...begins) + STAMP_MS;
  return { text: ends.join("\n"), from };
}

function endOf(path: string): string {
  try {
    return readFileEnd(path).text;
  } catch {
    // The check of the source reports why a file cannot be read.
    return "";
  }
}
