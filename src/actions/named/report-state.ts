/**
 * Keeps what a report action must know after a restart: which reports wait, what was reported lately, and how many
 * reports were made today. Saved with a delay: a crash or a stop while a report is sent may repeat it, which receivers
 * tolerate.
 */
import * as v from "valibot";
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import type { Alarm, AlarmClock } from "../../domain/clock.ts";
import { formatInstant, type Instant, instant } from "../../domain/instant.ts";
import { parseJson } from "../../domain/json.ts";
import type { QueuedItem } from "./delivery-queue.ts";
import type { ActionState } from "./named-action.ts";

/** A report that waits. The facts about the ban are read when it is sent. */
export interface WaitingReport extends QueuedItem {
  readonly id: string;
  readonly jail: string;
  readonly subject: Subject;
}

/** How long an address is not reported again, which is the limit of AbuseIPDB. */
const REPEAT_MS = 900_000;
const DAY_MS = 86_400_000;
const SAVE_DELAY_MS = 5000;
/** Maximum number of recent reports kept; the oldest are dropped. */
const MAX_RECENT = 10_000;

const SUBJECT = v.pipe(
  v.string(),
  v.transform(parseSubject),
  v.custom<Subject>((subject) => subject !== undefined),
);
const INSTANT = v.pipe(v.number(), v.transform(instant));
const STATE = v.object({
  day: v.string(),
  sent: v.number(),
  recent: v.array(v.tuple([SUBJECT, INSTANT])),
  waiting: v.array(v.object({ id: v.string(), jail: v.string(), subject: SUBJECT, at: INSTANT })),
});

export interface ReportStateOptions {
  /** Name in the store. */
  readonly name: string;
  readonly store: ActionState;
  readonly clock: AlarmClock;
  readonly waiting: () => readonly WaitingReport[];
}

export class ReportState {
  /** Reports that waited at the last save. */
  readonly restored: readonly WaitingReport[];
  readonly #options: ReportStateOptions;
  readonly #alarm: Alarm;
  #isSaving = false;
  #isClosed = false;
  /** Subjects reported within REPEAT_MS, oldest first. */
  readonly #recent: Map<Subject, Instant>;
  #day: string;
  #sent: number;

  constructor(options: ReportStateOptions) {
    this.#options = options;
    this.#alarm = options.clock.alarm(() => this.#save());
    const read = v.safeParse(STATE, parseJson(options.store.load(options.name)));
    const state = read.success ? read.output : undefined;
    this.restored = state?.waiting ?? [];
    this.#recent = new Map(state?.recent);
    this.#day = state?.day ?? "";
    this.#sent = state?.sent ?? 0;
  }

  /** Number of reports since midnight UTC. */
  get sentToday(): number {
    return this.#day === this.#today() ? this.#sent : 0;
  }

  /** Milliseconds until midnight UTC. */
  get untilTomorrow(): number {
    return DAY_MS - (this.#options.clock.now() % DAY_MS);
  }

  isRecent(subject: Subject): boolean {
    const at = this.#recent.get(subject);
    return at !== undefined && this.#options.clock.now() - at < REPEAT_MS;
  }

  noteSent(subject: Subject): void {
    const now = this.#options.clock.now();
    this.#sent = this.sentToday + 1;
    this.#day = this.#today();
    // Removed first, because the order is that of time.
    this.#recent.delete(subject);
    this.#recent.set(subject, now);
    for (const [old, at] of this.#recent) {
      if (now - at < REPEAT_MS && this.#recent.size <= MAX_RECENT) break;
      this.#recent.delete(old);
    }
    this.saveLater();
  }

  saveLater(): void {
    if (this.#isSaving || this.#isClosed) return;
    this.#isSaving = true;
    this.#alarm.set(SAVE_DELAY_MS);
  }

  /** Saves the last time: a successor with the same name has the state now. */
  close(): void {
    this.#save();
    this.#isClosed = true;
  }

  #save(): void {
    this.#alarm.clear();
    this.#isSaving = false;
    const { store, name, waiting } = this.#options;
    const [day, sent, recent] = [this.#day, this.#sent, [...this.#recent]];
    store.save(name, JSON.stringify({ day, sent, recent, waiting: waiting() }));
  }

  #today(): string {
    return formatInstant(this.#options.clock.now()).slice(0, 10);
  }
}
