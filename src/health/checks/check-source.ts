/**
 * Verifies that each reader delivers every line of its log. Twice a minute it reads the log independently, and compares
 * the result with what the reader delivered. Whether it is the right log is another link.
 */
import type { AlarmClock } from "../../domain/clock.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import type { SourceStatus } from "../../domain/line-source.ts";
import type { Proof } from "../../domain/proof.ts";
import { type DeniedPath, findDenied } from "../../host/logs/denied-path.ts";
import { journalActivity } from "../../source/journal/journal-activity.ts";
import type { LiveJail } from "../../pipeline/live-jail.ts";
import type { JailCheck, WatchedJail } from "../jail-check.ts";
import { createJournalComparison, type JournalComparison } from "./check-source/compare-journal.ts";
import type { Comparison } from "./check-source/comparison.ts";
import { createFileComparison, type FileComparison } from "./check-source/compare-files.ts";
import { sourceProof } from "./check-source/source-proof.ts";

export interface SourceCheckOptions {
  readonly clock: AlarmClock;
  /** The reader's present status. */
  readonly statusOf: (live: LiveJail) => SourceStatus | undefined;
  /** Called when a comparison ends for which no look waited. */
  readonly onChange: () => void;
}

/** Jails that read the same log share a reader. */
interface Reader {
  readonly files: FileComparison;
  readonly beganAt: Instant;
  last: Comparison | undefined;
}

/** While journald rotates, no journal file may exist for a moment. No grace applies before the first file was seen. */
const JOURNAL_GRACE_MS = 10_000;

export class SourceCheck implements JailCheck {
  readonly name = "source";
  readonly #options: SourceCheckOptions;
  readonly #readers = new Map<string, Reader>();
  readonly #closing = new AbortController();
  /** By journal directory. They outlast readers that fail for a while, so that what these missed is not forgotten. */
  readonly #journals = new Map<string, JournalComparison>();
  /** The unreadable part of each journal directory; undefined: all is readable. */
  readonly #deniedJournals = new Map<string, string | undefined>();
  /** By journal directory: since when no journal file exists. */
  readonly #missingSince = new Map<string, Instant>();
  /** Journal directories in which a journal file was seen. */
  readonly #seenJournals = new Set<string>();

  constructor(options: SourceCheckOptions) {
    this.#options = options;
  }

  async look(jails: readonly WatchedJail[], now: Instant): Promise<void> {
    this.#deniedJournals.clear();
    const directories = new Set(jails.flatMap(({ live }) => journalOf(live) ?? []));
    for (const directory of directories) this.#lookAtJournal(directory, now);
    for (const key of this.#journals.keys()) if (!directories.has(key)) this.#journals.delete(key);
    const groups = Map.groupBy(jails.filter(canBeCompared), keyOf);
    for (const key of this.#readers.keys()) if (!groups.has(key)) this.#readers.delete(key);
    await Promise.all([...groups].map(([key, group]) => this.#lookAtReader(key, group, now)));
  }

  #lookAtJournal(directory: string, now: Instant): void {
    const { changedAt, denied } = journalActivity(directory || undefined);
    this.#deniedJournals.set(directory, denied);
    if (changedAt !== undefined) {
      this.#missingSince.delete(directory);
      this.#seenJournals.add(directory);
    } else if (!this.#missingSince.has(directory)) {
      const grace = this.#seenJournals.has(directory) ? 0 : JOURNAL_GRACE_MS;
      this.#missingSince.set(directory, instant(now - grace));
    }
  }

  async #lookAtReader(key: string, jails: readonly WatchedJail[], now: Instant): Promise<void> {
    const known = this.#readers.get(key);
    const { clock, onChange } = this.#options;
    const reader = known ?? {
      files: createFileComparison(clock),
      beganAt: now,
      last: undefined,
    };
    this.#readers.set(key, reader);
    const compared = this.#compare(reader, jails).then((comparison) => {
      if (comparison !== undefined) reader.last = comparison;
    });
    // A new reader reads its backlog first, for which the look does not wait.
    if (known !== undefined) await compared;
    else void compared.then(onChange);
  }

  #compare({ files }: Reader, jails: readonly WatchedJail[]): Promise<Comparison | undefined> {
    const [first] = jails;
    if (first === undefined) return Promise.resolve(undefined);
    const { clock, statusOf } = this.#options;
    const status = (): SourceStatus | undefined => statusOf(first.live);
    const directory = journalOf(first.live);
    if (directory === undefined) return files.compare(status, this.#closing.signal);
    const matches = jails.flatMap(({ live: { search } }) =>
      search.source?.kind === "journal" ? search.source.matches : [],
    );
    const isShared = new Set(jails.map(({ source }) => source?.where)).size > 1;
    const journal = this.#journals.getOrInsertComputed(directory, () =>
      createJournalComparison(clock, directory || undefined),
    );
    return journal.compare({ matches, isShared, status }, this.#closing.signal);
  }

  proofs(jail: WatchedJail, now: Instant): readonly Proof[] {
    const { live, source } = jail;
    const reader = this.#readers.get(keyOf(jail));
    const facts = {
      ...{ live, source },
      denied: source === undefined ? undefined : this.#deniedTo(live, source),
      isJournalMissing: this.#isJournalMissing(live, now),
      beganAt: reader?.beganAt,
      comparison: reader?.last,
    };
    return [sourceProof(facts, now)];
  }

  /** Returns what the daemon may not read. journalctl does not fail then, but omits entries of other users. */
  #deniedTo(live: LiveJail, source: SourceStatus): DeniedPath | undefined {
    const directory = journalOf(live);
    const journal = directory === undefined ? undefined : this.#deniedJournals.get(directory);
    const path = source.denied?.[0] ?? journal;
    return path === undefined ? undefined : findDenied(path);
  }

  #isJournalMissing(live: LiveJail, now: Instant): boolean {
    const directory = journalOf(live);
    const since = directory === undefined ? undefined : this.#missingSince.get(directory);
    return since !== undefined && now - since >= JOURNAL_GRACE_MS;
  }

  /** Forgets all comparisons; keeps how long a journal has been missing, and which of its entries were. */
  shift(step: number): void {
    this.#readers.clear();
    for (const [directory, since] of this.#missingSince)
      this.#missingSince.set(directory, instant(since + step));
  }

  close(): void {
    this.#closing.abort();
  }
}

function canBeCompared({ source }: WatchedJail): boolean {
  return source?.state === "reading" && (source.kind === "journal" || source.kind === "file");
}

/** Identifies a reader: all jails of one journal share it, whatever each selects. */
function keyOf({ live, source }: WatchedJail): string {
  const directory = journalOf(live);
  return directory === undefined ? `${source?.kind} ${source?.where}` : `journal ${directory}`;
}

/** Returns the directory of the jail's journal, "" for the system's; undefined: the jail reads no journal. */
function journalOf({ search }: LiveJail): string | undefined {
  const { source } = search;
  return source?.kind === "journal" ? (source.directory ?? "") : undefined;
}
