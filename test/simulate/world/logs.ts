/**
 * Simulates where messages of the machine's services go: to the syslog daemon, which writes a file, or to journald, which
 * keeps them and forwards them to the syslog daemon. Reports which lines are readable where, and what breaks.
 */
import type { Child } from "../../../src/host/process/child-process.ts";
import type { Happening } from "../happenings.ts";
import type { Forger, PlannedLogs } from "../plan/step.ts";
import { AuthLog, type LogTrouble } from "./auth-log.ts";
import type { WorldClock } from "./clock.ts";
import type { FileSystem } from "./file-system.ts";
import { Journal, type JournalMessage, type JournalTrouble } from "./journal.ts";
import { type FollowingJournalctl, openJournalctl, printJournal } from "./journalctl.ts";
import { Relay } from "./relay.ts";
import { type HeaderStyle, syslogLine } from "./sshd.ts";
import type { Zones } from "./zones.ts";
import { forgedEntry, otherEntry, sshdEntry } from "./sshd-entry.ts";

export interface LogsOptions {
  readonly clock: WorldClock;
  readonly files: FileSystem;
  readonly zones: Zones;
  readonly style: HeaderStyle;
  readonly logs: PlannedLogs;
  /** How far the stamps of services are ahead of true time, in milliseconds. */
  readonly skew: number;
  readonly report: (happening: Happening) => void;
}

type Trouble = LogTrouble | JournalTrouble;
type Fields = JournalMessage["fields"];

export const LOG = "/var/log/auth.log";
const FILE = `file:${LOG}`;
const JOURNAL = "journal";
const JOURNAL_FILE = `/var/log/journal/${"c".repeat(32)}/system.journal`;
/** Troubles that only check-place.ts notices, which the simulation lacks because it reads /proc. */
const BY_PLACE: ReadonlySet<Trouble> = new Set([
  "writer-stopped",
  "writer-moved-away",
  "rate-limited",
]);

export class Logs {
  readonly file: AuthLog;
  /** undefined: the syslog daemon receives messages itself. */
  readonly journal: Journal | undefined;
  readonly relay: Relay | undefined;
  readonly #options: LogsOptions;
  readonly #following = new Set<FollowingJournalctl>();
  #troubles = new Map<string, readonly Trouble[]>();

  constructor(options: LogsOptions) {
    this.#options = options;
    const { clock, files, report } = options;
    const lostIn = (id: number, source: string): void =>
      report({
        ...{ kind: "lost", at: clock.elapsed, id },
        source: options.logs === "journal" ? source : undefined,
      });
    this.file = new AuthLog(LOG, files, {
      readable: (id, again) =>
        report({
          ...{ kind: "readable", at: clock.elapsed, id, source: FILE, again: again !== "first" },
          isRepeated: again === "repeated",
        }),
      lost: (id) => lostIn(id, FILE),
    });
    if (options.logs === "relay") this.relay = new Relay((lines) => this.file.write(lines));
    if (options.logs !== "journal") return;
    files.makeFolder(JOURNAL_FILE.slice(0, JOURNAL_FILE.lastIndexOf("/")));
    files.makeFile(JOURNAL_FILE);
    this.journal = new Journal(clock, {
      readable: (id) =>
        report({ kind: "readable", at: clock.elapsed, id, source: JOURNAL, again: false }),
      lost: (id) => lostIn(id, JOURNAL),
      forward: ({ id, fields, sentAt }) =>
        this.file.write({ id, text: this.#formatLine(fields, sentAt) }),
    });
  }

  get skew(): number {
    return this.#options.skew;
  }

  get style(): HeaderStyle {
    return this.#options.style;
  }

  /** Whether a message that sshd logs now reaches a log, perhaps later. */
  get isWritten(): boolean {
    if (this.journal !== undefined) return !this.journal.isLimited;
    return this.file.isWritten || this.relay?.isStalled === true;
  }

  /** Logs messages of sshd about a login. */
  logLogin(id: number, pid: number, messages: readonly string[]): void {
    const entries = messages.map((message) => sshdEntry(pid, message));
    this.#send(id, entries, "service");
  }

  /** Logs a message of a local account in the name of sshd. */
  forge(by: Forger, pid: number, message: string): void {
    this.#send(undefined, [forgedEntry(by, pid, message)], "other");
  }

  /** Logs a message of another service. */
  logOther(program: string, message: string): void {
    this.#send(undefined, [otherEntry(program, 1, message)], "other");
  }

  #send(id: number | undefined, entries: readonly Fields[], from: "service" | "other"): void {
    const sentAt = this.#options.clock.wall();
    const { journal, relay } = this;
    if (journal === undefined) {
      const skew = from === "service" ? this.skew : 0;
      const text = entries.map((fields) => this.#formatLine(fields, sentAt + skew)).join("");
      if (relay === undefined || from === "other") this.file.write({ id, text });
      else relay.send({ id, text });
      return;
    }
    for (const [i, fields] of entries.entries())
      journal.receive({ id: i === 0 ? id : undefined, fields, sentAt }, from);
  }

  #formatLine(fields: Fields, at: number): string {
    const { zones, style } = this.#options;
    const { SYSLOG_IDENTIFIER: tag = "", _PID: pid = "", MESSAGE: message = "" } = fields;
    return syslogLine({ at, zone: zones.offsetAt(at), style }, `${tag}[${pid}]`, message);
  }

  openJournalctl(argv: readonly string[], signal: AbortSignal): Child {
    if (this.journal === undefined) throw new Error("there is no journal");
    const { child, following } = openJournalctl(this.journal, argv, {
      signal,
      onEnd: () => {
        if (following !== undefined) this.#following.delete(following);
        this.reportTroubles();
      },
    });
    if (following !== undefined) this.#following.add(following);
    return child;
  }

  printJournal(argv: readonly string[]): string {
    return this.journal === undefined ? "" : printJournal(this.journal, argv);
  }

  /** Ends the processes that follow the journal. */
  endReaders(how: "between entries" | "amid an entry"): void {
    if (this.#following.size === 0) return;
    const last = this.journal?.entries().at(-1);
    for (const reader of [...this.#following])
      reader.kill("SIGKILL", how === "amid an entry" ? last : undefined);
    const ended = {
      at: this.#options.clock.elapsed,
      source: JOURNAL,
      how: "reader-ended",
    } as const;
    this.#options.report({ kind: "source-broken", ...ended });
    this.#options.report({ kind: "source-mended", ...ended });
  }

  hangReaders(): void {
    for (const reader of this.#following) reader.hang();
  }

  resumeReaders(): void {
    for (const reader of this.#following) reader.resume();
  }

  /** Reports troubles that are new since the last call, and those that have ended. */
  reportTroubles(): void {
    const inJournal = this.#journalTroubles();
    // What journald does not receive does not reach the syslog daemon.
    const inFile = new Set<Trouble>([
      ...this.file.troubles(),
      ...inJournal.filter((how) => how !== "reader-stalled"),
      ...(this.relay?.isStalled === true ? (["writer-stopped"] as const) : []),
    ]);
    this.#compareTroubles(FILE, [...inFile]);
    if (this.journal !== undefined) this.#compareTroubles(JOURNAL, inJournal);
  }

  #journalTroubles(): readonly JournalTrouble[] {
    const { journal } = this;
    if (journal === undefined) return [];
    return [
      ...(journal.isRunning ? [] : (["writer-stopped"] as const)),
      ...(journal.isLimited ? (["rate-limited"] as const) : []),
      ...([...this.#following].some(({ isHanging }) => isHanging)
        ? (["reader-stalled"] as const)
        : []),
    ];
  }

  #compareTroubles(source: string, present: readonly Trouble[]): void {
    const before = this.#troubles.get(source) ?? [];
    const { clock, report } = this.#options;
    const say = (kind: "source-broken" | "source-mended", how: Trouble): void =>
      report({ kind, at: clock.elapsed, source, how, unchecked: BY_PLACE.has(how) });
    for (const how of before) if (!present.includes(how)) say("source-mended", how);
    for (const how of present) if (!before.includes(how)) say("source-broken", how);
    this.#troubles.set(source, present);
  }
}
