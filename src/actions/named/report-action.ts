/**
 * Reports detected bans to others, one at a time. Never reported: bans by hand, imported ones, self-tests, bans that
 * only observe, private addresses, and bans that were lifted by hand before their report. One report per address within
 * 15 minutes, `daily_limit` reports a day. Reports that wait survive a restart, since an unreachable service may be
 * back only then; at most 500 of the last day are kept.
 */
import { randomUUID } from "node:crypto";
import type { NamedAction } from "../../config/config.ts";
import { amount } from "../../domain/amount.ts";
import { duration } from "../../domain/duration.ts";
import { banMeansOf } from "../../jails/ban-means.ts";
import type { CompiledJail } from "../../jails/compile-jails.ts";
import type { FailingAction } from "../failing-action.ts";
import { type Delivery, DeliveryQueue, type DeliveryQueueOptions } from "./delivery-queue.ts";
import { DeliveryTally } from "./delivery-tally.ts";
import type {
  ActionState,
  BanChange,
  NamedActionOptions,
  RunningNamedAction,
} from "./named-action.ts";
import { type ReportFacts, readReportFacts } from "./report-facts.ts";
import { ReportState, type WaitingReport } from "./report-state.ts";

/** Makes and sends one report. Never rejects, and takes at most some seconds. */
export type SendReport = (facts: ReportFacts) => Promise<Delivery>;

export interface ReportActionOptions extends NamedActionOptions {
  readonly setting: NamedAction<"abuseipdb" | "blocklist-de" | "xarf">;
  readonly send: SendReport;
  readonly stateStore: ActionState;
  /** What to do when reports fail. */
  readonly fix: string;
  readonly jailNamed: (name: string) => CompiledJail | undefined;
  readonly retry?: DeliveryQueueOptions<WaitingReport>["retry"];
}

const MAX_WAITING = 500;
const MAX_AGE = duration(86_400_000);
/** A failure that lasts no longer than this is no fault. */
const GRACE = duration(300_000);

export class ReportAction implements RunningNamedAction {
  readonly #options: ReportActionOptions;
  readonly #queue: DeliveryQueue<WaitingReport>;
  readonly #state: ReportState;
  readonly #tally: DeliveryTally;

  constructor(options: ReportActionOptions) {
    const { name, clock, emit, stateStore: store, fix, retry } = options;
    this.#options = options;
    this.#tally = new DeliveryTally({ action: name, grace: GRACE, fix });
    this.#queue = new DeliveryQueue<WaitingReport>({
      name: `reports of action ${name}`,
      ...{ max: MAX_WAITING, maxAge: MAX_AGE, clock, emit, ...(retry && { retry }) },
      deliver: (report) => this.#deliver(report),
      onTried: (report, delivery) => this.#note(report, delivery),
    });
    const waiting = (): readonly WaitingReport[] => this.#queue.items;
    this.#state = new ReportState({ name: `action ${name}`, store, clock, waiting });
  }

  /** Continues with the reports that waited at the last stop. */
  start(): void {
    for (const report of this.#state.restored) this.#queue.push(report);
  }

  onChange({ kind, subject, live }: BanChange): void {
    const { book, clock } = this.#options;
    const jail = live.jail.name;
    if (kind !== "ban" || book.ban(jail, subject)?.origin !== "detected") return;
    if (banMeansOf(live.jail.config) === "nothing" || this.#state.isRecent(subject)) return;
    if (this.#queue.items.some((one) => one.subject === subject)) return;
    this.#queue.push({ id: randomUUID(), jail, subject, at: clock.now() });
    this.#state.saveLater();
  }

  failing(): readonly FailingAction[] {
    return this.#tally.failing(this.#options.clock.now());
  }

  describe(): string {
    const { name } = this.#options;
    const waiting = this.#queue.items.length;
    const more = waiting === 0 ? "" : `, ${waiting} waiting`;
    return `${name}: ${amount(this.#state.sentToday, "report")} today${more}`;
  }

  /** Keeps what waits for the next start, also a report that is being sent. */
  close(): Promise<void> {
    this.#queue.stop();
    this.#state.close();
    return Promise.resolve();
  }

  async #deliver({ id, jail, subject }: WaitingReport): Promise<Delivery> {
    const { book, send, setting, jailNamed } = this.#options;
    const live = jailNamed(jail);
    const facts = live && readReportFacts(book, { id, subject, live });
    if (facts === undefined || this.#state.isRecent(subject)) return { kind: "skipped" };
    if (this.#state.sentToday >= setting.daily_limit)
      return { kind: "paused", wait: this.#state.untilTomorrow };
    return send(facts);
  }

  #note({ jail, subject: ip }: WaitingReport, delivery: Delivery): void {
    const { name, emit, clock } = this.#options;
    if (delivery.kind === "done") {
      this.#state.noteSent(ip);
      emit({ event: "ban-reported", jail, ip, action: name });
    }
    const reason = this.#tally.note(delivery, clock.now());
    if (reason !== undefined) {
      const failure = { command: "report", reason, took: duration(0) };
      emit({ event: "action-failed", jail, action: name, ip, ...failure });
    }
    this.#state.saveLater();
  }
}
