/**
 * Simulates systemd-journald: a sequence of entries in files that rotate and are vacuumed, a socket in which messages
 * wait while journald does not run, and its rate limit. Reports when the message of a login becomes readable, and when
 * its entry is deleted. Follows sd_journal_seek_cursor(3), systemd-journald.service(8) and journald.conf(5).
 */

/** A message as journald receives it; `fields` are those that the sender chooses and those that the kernel attaches. */
export interface JournalMessage {
  /** The login that it is about; undefined: none. */
  readonly id: number | undefined;
  readonly fields: Readonly<Record<string, string>>;
  /** Wall clock at which it was sent, in milliseconds. */
  readonly sentAt: number;
}

export interface JournalRecord extends JournalMessage {
  readonly sequence: string;
  readonly number: number;
  /** Wall clock at which journald wrote it, in milliseconds. */
  readonly writtenAt: number;
  /** True time in milliseconds. */
  readonly monotonic: number;
}

export interface JournalReport {
  readable(id: number): void;
  lost(id: number): void;
  /** Called with each message that journald forwards to the syslog daemon. */
  forward(message: JournalMessage): void;
}

interface JournalClock {
  readonly elapsed: number;
  wall(): number;
}

export type JournalTrouble = "writer-stopped" | "rate-limited" | "reader-stalled";

/** SD_MESSAGE_JOURNAL_DROPPED of sd-messages.h. */
const SUPPRESSED = "a596d6fe7bfa4994828e72309e95d61e";
const KEPT_FILES = 3;

export class Journal {
  readonly #clock: JournalClock;
  readonly #report: JournalReport;
  /** Files, the active one last, each with its entries in order. */
  #files: JournalRecord[][] = [[]];
  #waiting: JournalMessage[] = [];
  #sequences = 1;
  #number = 0;
  #isRunning = true;
  /** Number of messages that the rate limit dropped; undefined: it drops none now. */
  #suppressed: number | undefined;
  /** Called with each new entry. */
  readonly followers: Set<(record: JournalRecord) => void> = new Set();

  constructor(clock: JournalClock, report: JournalReport) {
    this.#clock = clock;
    this.#report = report;
  }

  get isLimited(): boolean {
    return this.#suppressed !== undefined;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Entries that exist, in order. */
  entries(): readonly JournalRecord[] {
    return this.#files.flat();
  }

  /** Receives a message of the service whose rate is limited, or of another one. */
  receive(message: JournalMessage, from: "service" | "other"): void {
    if (from === "service" && this.#suppressed !== undefined) this.#suppressed++;
    else if (this.#isRunning) this.#write(message);
    else this.#waiting.push(message);
  }

  #write(message: JournalMessage): void {
    const record: JournalRecord = {
      ...message,
      sequence: this.#sequences.toString(16).padStart(32, "a"),
      number: ++this.#number,
      writtenAt: this.#clock.wall(),
      monotonic: this.#clock.elapsed,
    };
    this.#files.at(-1)?.push(record);
    if (message.id !== undefined) this.#report.readable(message.id);
    for (const follow of this.followers) follow(record);
    this.#report.forward(message);
  }

  stop(): void {
    this.#isRunning = false;
  }

  /** Starts journald, which first writes what waits in its socket. `how`: a file that was not closed is put aside. */
  start(how: "cleanly" | "after a crash"): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    if (how === "after a crash") {
      this.#sequences++;
      this.#number = 0;
      this.rotate();
    }
    for (const message of this.#waiting.splice(0)) this.#write(message);
  }

  rotate(): void {
    this.#files.push([]);
  }

  /** Deletes archived files except the newest few, or all of them. */
  vacuum(keep: "few" | "none"): void {
    const kept = this.#files.slice(keep === "few" ? -KEPT_FILES : -1);
    const gone = this.#files.slice(0, this.#files.length - kept.length).flat();
    this.#files = kept;
    const left = new Set(this.entries().map(({ id }) => id));
    for (const id of new Set(gone.map((record) => record.id)))
      if (id !== undefined && !left.has(id)) this.#report.lost(id);
  }

  limit(): void {
    this.#suppressed ??= 0;
  }

  /** Ends the rate limit; journald reports how many messages it dropped. */
  endLimit(): void {
    const dropped = this.#suppressed ?? 0;
    this.#suppressed = undefined;
    if (dropped === 0) return;
    const fields = {
      ...{ MESSAGE_ID: SUPPRESSED, _TRANSPORT: "driver", N_DROPPED: String(dropped) },
      ...{ MESSAGE: `Suppressed ${dropped} messages from ssh.service`, PRIORITY: "4" },
      ...{ SYSLOG_IDENTIFIER: "systemd-journald", _COMM: "systemd-journal", _UID: "0" },
      ...{ _PID: "300", _SYSTEMD_UNIT: "systemd-journald.service", _HOSTNAME: "web1" },
    };
    this.receive({ id: undefined, fields, sentAt: this.#clock.wall() }, "other");
  }
}
