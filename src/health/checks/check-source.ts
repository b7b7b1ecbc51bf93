/**
 * The source link: the reader delivers every line of its place. That it says so is no proof: the place is asked in
 * another way, twice a minute, and the answer compared with what was delivered. Whether it is the right place is
 * another link.
 */
import { amount } from "../../domain/amount.ts";
import type { AlarmClock } from "../../domain/clock.ts";
import type { Instant } from "../../domain/instant.ts";
import type { SourceStatus } from "../../domain/line-source.ts";
import type { Proof } from "../../domain/proof.ts";
import { type DeniedPath, findDenied } from "../../host/logs/denied-path.ts";
import { journalActivity } from "../../source/journal/journal-activity.ts";
import { describeSearch } from "../../pipeline/sources/describe-search.ts";
import type { LiveJail } from "../../pipeline/live-jail.ts";
import type { JailCheck, WatchedJail } from "../jail-check.ts";
import { compareJournal } from "./check-source/compare-journal.ts";
import { ago, type Comparison } from "./check-source/comparison.ts";
import { createFileComparison, type FileComparison } from "./check-source/compare-files.ts";

export interface SourceCheckOptions {
  readonly clock: AlarmClock;
  /** What the reader says at this moment. */
  readonly statusOf: (live: LiveJail) => SourceStatus | undefined;
  /** Called when a comparison ends that nobody waits for. */
  readonly changed: () => void;
}

/** Jails that read the same place share a reader. */
interface Reader {
  readonly files: FileComparison;
  readonly beganAt: Instant;
  last: Comparison | undefined;
}

const ABSENT_MS = 10_000;

export function createSourceCheck({ clock, statusOf, changed }: SourceCheckOptions): JailCheck {
  const readers = new Map<string, Reader>();
  const closing = new AbortController();
  /** By directory of the journal: what of it may not be read. */
  const closed = new Map<string, string | undefined>();
  /** By directory: since when there is no journal that could get a line. */
  const absent = new Map<string, Instant>();

  /** journalctl does not fail when it may read only one's own entries: it shows none of the others. */
  function refusalOf({ live, source }: WatchedJail): DeniedPath | undefined {
    const directory = journalOf(live);
    const journal = directory === undefined ? undefined : closed.get(directory);
    const path = source?.denied?.[0] ?? journal;
    return path === undefined ? undefined : findDenied(path);
  }

  function noteJournal(directory: string, now: Instant): void {
    const { changedAt, denied } = journalActivity(directory || undefined);
    closed.set(directory, denied);
    if (changedAt !== undefined) absent.delete(directory);
    else if (!absent.has(directory)) absent.set(directory, now);
  }

  /** While journald rotates there may be none for a moment. */
  function isAbsent({ live }: WatchedJail, now: Instant): boolean {
    const since = absent.get(journalOf(live) ?? "");
    return journalOf(live) !== undefined && since !== undefined && now - since >= ABSENT_MS;
  }

  async function compareAll(jails: readonly WatchedJail[], now: Instant): Promise<void> {
    const groups = Map.groupBy(jails.filter(canBeCompared), keyOf);
    for (const key of readers.keys()) if (!groups.has(key)) readers.delete(key);
    await Promise.all(
      [...groups].map(async ([key, group]) => {
        const known = readers.get(key);
        const reader = known ?? {
          files: createFileComparison(clock),
          beganAt: now,
          last: undefined,
        };
        readers.set(key, reader);
        const compared = compare(reader, group).then((comparison) => {
          if (comparison !== undefined) reader.last = comparison;
        });
        // A reader that has just begun has its backlog to read; nobody waits for that.
        if (known !== undefined) await compared;
        else void compared.then(changed);
      }),
    );
  }

  function compare(
    { files }: Reader,
    group: readonly WatchedJail[],
  ): Promise<Comparison | undefined> {
    const [first] = group;
    if (first === undefined) return Promise.resolve(undefined);
    const status = (): SourceStatus | undefined => statusOf(first.live);
    const directory = journalOf(first.live);
    if (directory === undefined) return files.compare(status, closing.signal);
    const matches = group.flatMap(({ live: { search } }) =>
      search.source?.kind === "journal" ? search.source.matches : [],
    );
    const isShared = new Set(group.map(({ source }) => source?.where)).size > 1;
    const question = { matches, isShared, directory: directory || undefined, status, clock };
    return compareJournal(question, closing.signal);
  }

  return {
    name: "source",
    close: () => closing.abort(),
    async look(jails, now) {
      closed.clear();
      const directories = new Set(jails.flatMap(({ live }) => journalOf(live) ?? []));
      for (const directory of directories) noteJournal(directory, now);
      await compareAll(jails, now);
    },
    proofs(jail, now): readonly Proof[] {
      const { live, source } = jail;
      if (source === undefined) {
        const evidence = describeSearch(live.search);
        const fix = `name its log: [jails.${live.jail.name}] source = { file = ["/path/to/log"] }`;
        return [{ kind: "found", link: "source", cause: "no-log", evidence, at: now, fix }];
      }
      const denied = refusalOf(jail);
      if (denied !== undefined) return [permissionLost(denied, source, now)];
      if (source.state === "reading" && isAbsent(jail, now)) return [noJournal(live, now)];
      if (source.state === "reading") return [reading(source, readers.get(keyOf(jail)), now)];
      const evidence = source.reason ?? `its source is ${source.state}`;
      const fix = fixOf(source, live.jail.name);
      return [{ kind: "found", link: "source", cause: "source-failed", evidence, at: now, fix }];
    },
  };
}

function canBeCompared({ source }: WatchedJail): boolean {
  return source?.state === "reading" && (source.kind === "journal" || source.kind === "file");
}

/** Of the reader: all jails of one journal share it, whatever each selects. */
function keyOf({ live, source }: WatchedJail): string {
  const directory = journalOf(live);
  return directory === undefined ? `${source?.kind} ${source?.where}` : `journal ${directory}`;
}

function reading(source: SourceStatus, reader: Reader | undefined, now: Instant): Proof {
  const { cutLines, givenUpLines = 0 } = source;
  const cut =
    cutLines === 0
      ? ""
      : `, ${cutLines} of them cut (too long or without an end) and believed only as far as they stand whole`;
  const givenUp = givenUpLines === 0 ? "" : `, ${givenUpLines} given up (rules took too long)`;
  const reads = `reads ${source.kind} ${source.where}: ${amount(source.lines, "line")}${cut}${givenUp}`;
  const link = "source";
  // Until the first comparison, and while there is no answer, it counts as proven since it began.
  if (reader?.last === undefined)
    return { kind: "proven", link, evidence: reads, at: reader?.beganAt ?? now };
  const { kind, at, evidence } = reader.last;
  const compared = `${evidence}, compared ${ago(at, now)}`;
  if (kind !== "stuck") return { kind: "proven", link, evidence: `${reads}; ${compared}`, at };
  const fix = "systemctl restart bailiff: reading goes on after the last line that was read";
  return { kind: "found", link, cause: "lines-unread", evidence: compared, at, fix };
}

/** That nothing is unread is no proof where nothing can come. */
function noJournal({ search }: LiveJail, at: Instant): Proof {
  const directory = search.source?.kind === "journal" ? search.source.directory : undefined;
  const where = directory ?? "/run/log/journal or /var/log/journal";
  const evidence = `there is no journal: ${where} has no file that journald writes to`;
  const fix = `${directory === undefined ? "systemctl restart systemd-journald" : "correct the directory of the source"}, or name log files: source = { file = ["/path/to/log"] }`;
  return { kind: "found", link: "source", cause: "source-failed", evidence, at, fix };
}

/** "" is the system's; undefined: it reads no journal. */
function journalOf({ search }: LiveJail): string | undefined {
  const { source } = search;
  return source?.kind === "journal" ? (source.directory ?? "") : undefined;
}

function permissionLost(denied: DeniedPath, source: SourceStatus, at: Instant): Proof {
  const { path, kind, mode, owner, group, user, groupMay } = denied;
  const verb = kind === "file" ? "read" : "enter";
  const evidence = `user ${user} may not ${verb} ${path} (mode ${mode}, owner ${owner}, group ${group})`;
  // A group of its own or of root is no group to put others into.
  const shared = group !== "root" && group !== owner;
  const into = shared ? group : "adm";
  const open = `${shared ? "" : `chgrp adm ${path} && `}chmod g+${kind === "file" ? "r" : "x"} ${path}`;
  const change = `${groupMay && shared ? "" : `${open} && `}usermod -aG ${into} ${user}`;
  const journal = source.kind === "journal" ? `usermod -aG systemd-journal ${user}` : change;
  const fix = `${journal} && systemctl restart bailiff`;
  return { kind: "found", link: "source", cause: "permission-lost", evidence, at, fix };
}

function fixOf(source: SourceStatus, jail: string): string {
  switch (source.kind) {
    case "file":
      if (source.where === "")
        return `name its log: [jails.${jail}] source = { file = ["/path/to/log"] }`;
      return `check that the service logs to ${source.where}, or set another path: [jails.${jail}] source = { file = ["/path/to/log"] }`;
    case "journal":
      return "systemctl status systemd-journald shows the journal; reading goes on by itself";
    case "command":
      return "mend the command; it is started again by itself";
    case "stdin":
      return "start bailiff again with something on its standard input";
  }
}
