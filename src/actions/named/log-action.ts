/**
 * Writes a record of each ban, extension and unban to the journal or to syslog, for programs that collect them. A
 * record that cannot be written is kept for an hour and tried again; the newest 1000 are kept.
 */
import type { NamedAction } from "../../config/config.ts";
import { duration } from "../../domain/duration.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";
import { type JournalSocket, openJournalSocket } from "../../host/logs/journal-socket.ts";
import { sendSyslogLine } from "../../host/logs/send-syslog-line.ts";
import { escapeText } from "../../telemetry/escape-text.ts";
import type { FailingAction } from "../failing-action.ts";
import { type Delivery, DeliveryQueue, type QueuedItem } from "./delivery-queue.ts";
import { DeliveryTally } from "./delivery-tally.ts";
import {
  type BanChange,
  type NamedActionOptions,
  readBan,
  type RunningNamedAction,
} from "./named-action.ts";

export interface LogActionOptions extends NamedActionOptions {
  readonly setting: NamedAction<"log">;
  /** Path of the socket of the journal, or of syslog; the host's by default. */
  readonly socket?: string;
}

interface LogRecord extends QueuedItem {
  readonly change: BanChange;
}

const MAX_RECORDS = 1000;
const MAX_AGE = duration(3_600_000);
const RETRY = { first: duration(1000), longest: duration(60_000) };
const FIX =
  "start the journal or the syslog daemon: systemctl status systemd-journald.socket rsyslog";
/** Priority "notice"; see syslog(3). */
const PRIORITY = "5";

export class LogAction implements RunningNamedAction {
  readonly #options: LogActionOptions;
  readonly #queue: DeliveryQueue<LogRecord>;
  readonly #tally: DeliveryTally;
  #journal: JournalSocket | undefined;

  constructor(options: LogActionOptions) {
    const { name, clock, emit } = options;
    this.#options = options;
    this.#tally = new DeliveryTally({ action: name, grace: duration(0), fix: FIX });
    this.#queue = new DeliveryQueue<LogRecord>({
      name: `records of action ${name}`,
      ...{ max: MAX_RECORDS, maxAge: MAX_AGE, clock, emit, retry: RETRY },
      deliver: ({ at, change }) => this.#write(change, at),
      onTried: (record, delivery) => this.#note(record, delivery),
    });
  }

  onChange(change: BanChange): void {
    this.#queue.push({ at: this.#options.clock.now(), change });
  }

  failing(): readonly FailingAction[] {
    return this.#tally.failing(this.#options.clock.now());
  }

  close(): Promise<void> {
    return this.#queue.finish();
  }

  async #write(change: BanChange, at: Instant): Promise<Delivery> {
    const { book, setting } = this.#options;
    const ban = readBan(book, change);
    if (ban === undefined) return { kind: "skipped" };
    const user = book.evidence(ban.id).findLast((failure) => failure.user !== undefined)?.user;
    const fields = fieldsOf(change, { ...ban, user }, at);
    const sent =
      setting.to === "journal" ? await this.#sendEntry(fields) : await this.#sendLine(fields);
    return sent === undefined ? { kind: "done" } : { kind: "failed", reason: sent, wait: 0 };
  }

  /** Returns why the entry was not taken; undefined: it was. */
  async #sendEntry(fields: Fields): Promise<string | undefined> {
    const { setting, name, socket } = this.#options;
    if (this.#journal === undefined) {
      const opened = await openJournalSocket(socket);
      if (!opened.ok) return `the journal cannot be reached: ${opened.error}`;
      this.#journal = opened.value;
    }
    const sent = this.#journal.send([
      ["MESSAGE", sentenceOf(fields)],
      ["PRIORITY", PRIORITY],
      ["SYSLOG_IDENTIFIER", setting.tag],
      ["BAILIFF_ACTION", name],
      ...fields.map(([key, value]) => [`BAILIFF_${key.toUpperCase()}`, value] as const),
    ]);
    return sent.ok ? undefined : `the journal does not take the entry: ${sent.error}`;
  }

  async #sendLine(fields: Fields): Promise<string | undefined> {
    const { setting, socket } = this.#options;
    const { tag, facility } = setting;
    const path = socket === undefined ? {} : { path: socket };
    const sent = await sendSyslogLine({ tag, facility, text: sentenceOf(fields), ...path });
    return sent.ok ? undefined : sent.error;
  }

  #note({ change }: LogRecord, delivery: Delivery): void {
    const { name, emit, clock } = this.#options;
    const reason = this.#tally.note(delivery, clock.now());
    if (reason === undefined) return;
    const about = { jail: change.live.jail.name, action: name, ip: change.subject };
    emit({ event: "action-failed", ...about, command: "log", reason, took: duration(0) });
  }
}

type Fields = readonly (readonly [name: string, value: string])[];

/** Lists what is recorded, in order. Text of clients is escaped and cut. */
function fieldsOf(
  { kind, subject, live }: BanChange,
  ban: NonNullable<ReturnType<typeof readBan>> & { readonly user: string | undefined },
  at: Instant,
): Fields {
  const { until, failures, origin, rule, reason, user } = ban;
  const isEnd = kind === "unban";
  return [
    ["change", kind],
    ["ip", subject],
    ["jail", live.jail.name],
    ["time", formatInstant(at)],
    ["until", isEnd ? "" : until === "forever" ? until : formatInstant(until)],
    ["failures", String(failures)],
    ["origin", origin],
    ["rule", rule],
    ["user", escapeText(user ?? "")],
    ["reason", escapeText(reason)],
  ].filter((field): field is [string, string] => field[1] !== "");
}

/** Formats the record as one line: `change=ban ip=192.0.2.7 … reason="5 failures in 10m"`. */
function sentenceOf(fields: Fields): string {
  return fields
    .map(([key, value]) => `${key}=${/^[\w.:/+-]+$/.test(value) ? value : JSON.stringify(value)}`)
    .join(" ");
}
