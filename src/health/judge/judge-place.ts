/**
 * Judges whether a jail reads the log that its programs write. Findings are ordered by how much they explain. A quiet
 * program is no fault; lines in another location, or a writer that cannot reach the file, are faults.
 */
import { amount } from "../../domain/amount.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Cause, Link, Proof } from "../../domain/proof.ts";
import {
  APART_MS,
  type Elsewhere,
  type FileFacts,
  type PlaceFacts,
  QUIET_MS,
  quietFiles,
} from "./place-facts.ts";
import { provePlace } from "./prove-place.ts";
import { ago, span } from "./time-ago.ts";

/** A line younger than this may still arrive in the other location. */
const SETTLED_MS = 2 * APART_MS;
/** Minimum number of lines elsewhere of which none proves anything: fewer may be messages at start. */
const MIN_UNRECOGNIZED_LINES = 10;
/** A writer of a rotated file counts as active for this long after its last write. */
const ROTATED_KEPT_MS = 900_000;
const MIN_OTHER_LINES = 200;
/** Minimum number of lost failures: a rotation by copying may lose one. */
const MIN_LOST = 3;
/** Dropped lines are reported for this long. */
const DROPPED_KEPT_MS = 900_000;

type Finding = Omit<Extract<Proof, { kind: "found" }>, "kind" | "link" | "at">;

export function judgePlace(facts: PlaceFacts, now: Instant): readonly Proof[] {
  // If a file is missing, the source link fails first; the cause must be shown there.
  const link: Link = facts.missing ? "source" : "place";
  const found = JUDGES.flatMap((judge) => judge(facts, now) ?? []);
  const proofs = found.map((one): Proof => ({ kind: "found", link, at: facts.lookedAt, ...one }));
  return proofs.length > 0 ? proofs : [provePlace(facts, now)];
}

const JUDGES: readonly ((facts: PlaceFacts, now: Instant) => Finding | undefined)[] = [
  otherMountNamespace,
  writerHoldsOldFile,
  staleFile,
  diskFull,
  linesElsewhere,
  noProcessWrites,
  journalStoresNothing,
  noLineOfProgram,
  linesDropped,
  failuresLost,
];

function otherMountNamespace(facts: PlaceFacts, now: Instant): Finding | undefined {
  for (const { path, there, otherViews, writers } of quietFiles(facts, now)) {
    // A container's view does not matter if the writer of the file runs on this host.
    if (writers !== undefined && writers.present.length > 0) continue;
    const view = otherViews.find(({ changedAt }) => changedAt > (there?.changedAt ?? 0) + APART_MS);
    if (view === undefined) continue;
    const { program, pid, changedAt } = view;
    return found(
      "other-mount-namespace",
      `${program} (pid ${pid}) runs in another mount namespace, where ${path} is another file: that one was written ${ago(changedAt, now)}, the one read here ${there === undefined ? "does not exist" : ago(there.changedAt, now)}`,
      `let both see one file, with a bind mount of ${folderOf(path)} into the container of ${program}, and name that file: [jails.${facts.jail}] source = { file = ["…"] }`,
    );
  }
  return undefined;
}

function writerHoldsOldFile(facts: PlaceFacts, now: Instant): Finding | undefined {
  for (const file of quietFiles(facts, now)) {
    const { path, there, writers } = file;
    const rotated = rotatedStillWritten(file, now);
    if (rotated !== undefined) return rotated;
    const [old] = writers?.old ?? [];
    if (old === undefined || writers === undefined || writers.present.length > 0) continue;
    // Rotation renames a log a moment before it notifies the writer.
    if (there !== undefined && there.bornAt > now - QUIET_MS) continue;
    const { program, pid, target, deleted } = old;
    const writtenFile = deleted ? `a deleted file (once ${target})` : target;
    return found(
      "writer-holds-old-file",
      `${program} (pid ${pid}) still writes to ${writtenFile} and not to ${path}: it was not notified of the rotation`,
      `kill -HUP ${pid} (and fix the postrotate script in /etc/logrotate.d)`,
    );
  }
  return undefined;
}

/** Finds writes to a rotated file, from the files alone, if processes are not visible. */
function rotatedStillWritten(
  { path, there, rotated, writers }: FileFacts,
  now: Instant,
): Finding | undefined {
  if (there === undefined || rotated === undefined) return undefined;
  if (writers !== undefined && (writers.complete || writers.old.length > 0)) return undefined;
  const after = Math.max(there.bornAt, there.changedAt) + QUIET_MS;
  if (rotated.changedAt <= Math.max(after, now - ROTATED_KEPT_MS)) return undefined;
  return found(
    "writer-holds-old-file",
    `lines still go to ${rotated.path} (${ago(rotated.changedAt, now)}) and not to ${path}: its writer was not notified of the rotation`,
    "systemctl kill -s HUP rsyslog, or the program that writes it (and fix the postrotate script in /etc/logrotate.d)",
  );
}

function staleFile(facts: PlaceFacts, now: Instant): Finding | undefined {
  for (const { path, held, there, differsSince } of facts.files) {
    if (differsSince === undefined || now - differsSince < APART_MS) continue;
    if (held === undefined || there === undefined) continue;
    return found(
      "stale-file",
      `the reader has inode ${held.inode}, but ${path} has been inode ${there.inode} for ${span(differsSince, now)}`,
      "the reader reopens it within half a minute; if it does not, systemctl restart bailiff",
    );
  }
  return undefined;
}

function diskFull({ files }: PlaceFacts): Finding | undefined {
  const full = files.find(({ isFull }) => isFull);
  if (full === undefined) return undefined;
  return found(
    "log-disk-full",
    `the file system of ${full.path} has no space left: new lines are lost`,
    `free space (df -h ${folderOf(full.path)})`,
  );
}

function linesElsewhere(facts: PlaceFacts, now: Instant): Finding | undefined {
  const { elsewhere, where, jail, lastLineAt } = facts;
  if (elsewhere === undefined || !isSure(elsewhere, facts, now)) return undefined;
  if (elsewhere.where.startsWith("/") && isHeldByProgram(facts)) return undefined;
  const { program, lines, first, last, setting } = elsewhere;
  const count = amount(lines, "line");
  const since = lines === 1 ? ago(last, now) : `in the last ${span(first, now)}`;
  const fix = `[jails.${jail}] source = ${setting}, then: bailiff reload`;
  if (elsewhere.matchesNothing)
    return found(
      "matches-nothing",
      `${where} has no entry at all, but ${program} wrote ${count} to ${elsewhere.where} ${since}`,
      fix,
    );
  const here =
    lastLineAt === undefined
      ? `${where} has no line of ${program}`
      : `the newest line in ${where} is ${span(lastLineAt, now)} old`;
  return found(
    "writes-elsewhere",
    `${program} wrote ${count} to ${elsewhere.where} ${since}; ${here}`,
    fix,
  );
}

/**
 * Reports whether a program has a file of the jail open. If it writes to another file too, it has several logs, and
 * this one is quiet.
 */
function isHeldByProgram({ files, programs }: PlaceFacts): boolean {
  const commands = programs.map((name) => name.slice(name.lastIndexOf("/") + 1).slice(0, 15));
  return files.some(({ writers }) =>
    writers?.present.some(({ program }) => commands.includes(program)),
  );
}

function isSure(elsewhere: Elsewhere, { lastLineAt, files }: PlaceFacts, now: Instant): boolean {
  const { first, last, lines, recognized, fromClients } = elsewhere;
  if (lastLineAt !== undefined && last <= lastLineAt + APART_MS) return false;
  if (now - first < SETTLED_MS) return false;
  // While a host boots, journald loses lines that it forwards to a syslog daemon which is not ready.
  const isHeld = files.some(({ writers }) => (writers?.present.length ?? 0) > 0);
  return (isHeld ? fromClients : recognized) || lines >= MIN_UNRECOGNIZED_LINES;
}

function noProcessWrites(facts: PlaceFacts, now: Instant): Finding | undefined {
  const [program] = facts.running ?? [];
  if (facts.syslogReceived !== false || program === undefined) return undefined;
  for (const { path, writers } of quietFiles(facts, now)) {
    if (writers?.complete !== true || writers.present.length + writers.old.length > 0) continue;
    const taken =
      facts.journalStores === false
        ? "journald, which takes its lines, stores nothing (Storage=none) and forwards them to no program"
        : "no program receives lines from /dev/log";
    return found(
      "no-writer",
      `${program.program} runs (pid ${program.pid}), but no process has ${path} open for writing and ${taken}: the syslog daemon is not running`,
      "systemctl restart rsyslog (or the syslog daemon of this host)",
    );
  }
  return undefined;
}

function journalStoresNothing({ kind, journalStores, where }: PlaceFacts): Finding | undefined {
  if (kind !== "journal" || journalStores !== false) return undefined;
  return found(
    "no-writer",
    `journald runs and stores nothing (Storage=none): no line comes to ${where}`,
    "set Storage=auto in /etc/systemd/journald.conf, then: systemctl restart systemd-journald",
  );
}

function noLineOfProgram(facts: PlaceFacts): Finding | undefined {
  const { kind, lastLineAt, lines, where, jail } = facts;
  const [program] = facts.running ?? [];
  if (kind !== "file" || lastLineAt !== undefined || facts.journalReadable) return undefined;
  if (program === undefined || lines < MIN_OTHER_LINES) return undefined;
  return found(
    "no-line-of-program",
    `${amount(lines, "line")} came to ${where}, and none is of ${facts.programs.join(" or ")}, though ${program.program} runs (pid ${program.pid})`,
    `set the log that ${program.program} writes to: [jails.${jail}] source = { file = ["/path/to/log"] }`,
  );
}

function linesDropped(facts: PlaceFacts, now: Instant): Finding | undefined {
  const latest = facts.dropped.toSorted((a, b) => b.at - a.at)[0];
  if (latest === undefined || now - latest.at > DROPPED_KEPT_MS) return undefined;
  const { by, of, count, at, text } = latest;
  const lost = count === 0 ? "lines" : amount(count, "line");
  return found(
    "lines-dropped",
    `${by} dropped ${lost}${of === "" ? "" : ` of ${of}`} by its rate limit, last ${ago(at, now)} ("${text}"): failures among them were not seen`,
    by === "systemd-journald"
      ? `set LogRateLimitIntervalSec=0 for ${of} (systemctl edit ${of}), or RateLimitBurst= in /etc/systemd/journald.conf, and restart it`
      : `raise the rate limit of ${by} (ratelimit.interval, ratelimit.burst) in /etc/rsyslog.conf, then: systemctl restart rsyslog`,
  );
}

function failuresLost({ lost, where, jail }: PlaceFacts, now: Instant): Finding | undefined {
  if (lost === undefined || lost.count < MIN_LOST || now - lost.at > DROPPED_KEPT_MS)
    return undefined;
  const { count, at, line, setting } = lost;
  return found(
    "lines-dropped",
    `the journal has ${amount(count, "failure")} that ${where} lacks, the newest ${ago(at, now)} ("${line}"): the syslog daemon lost them`,
    `[jails.${jail}] source = ${setting}, then: bailiff reload (and find out why it loses lines: journalctl -u rsyslog)`,
  );
}

function found(cause: Cause, evidence: string, fix: string): Finding {
  return { cause, evidence, fix };
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
