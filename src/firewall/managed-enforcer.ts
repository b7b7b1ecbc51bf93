/**
 * Owns one enforcer: opens it, with retries until that succeeds, keeps it equal to the book, and watches for changes by
 * other programs. Calls to it wait for no other enforcer, and the others do not wait for it.
 */
import type { EnforcerConfig, EnforcerKind } from "../config/enforcers/enforcer-kinds.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { Subject } from "../domain/cidr.ts";
import type { Alarm, AlarmClock } from "../domain/clock.ts";
import { duration } from "../domain/duration.ts";
import type { EnforcedBlock, Enforcer, EnforcerAbilities } from "../domain/enforcer.ts";
import type { EnforcerDemand, EnforcerView } from "../domain/enforcer-view.ts";
import type { Result } from "../domain/result.ts";
import { createBackoff } from "../host/backoff.ts";
import { reasonOf } from "../host/explain-system-error.ts";
import { createSerialQueue } from "../host/serial-queue.ts";
import type { Emit, TelemetryEvent } from "../telemetry/events.ts";
import type { BanKey, BlockKey } from "./ban-key.ts";
import { type BlockList, type BlockLists, listChanges, viewWithLists } from "./block-lists.ts";
import { chunksOf } from "./chunks-of.ts";
import { type Cause, Enforcement } from "./enforcement.ts";
import type { Unusable } from "./nftables.ts";
import type { Verdict } from "./verdict.ts";

export interface ManagedEnforcerOptions {
  /** The name by which jails refer to it. */
  readonly name: string;
  /** Its settings; undefined: memory, or a kind that this release does not know. */
  readonly config: EnforcerConfig | undefined;
  readonly book: BanBook;
  readonly lists: () => BlockLists;
  readonly clock: AlarmClock;
  readonly emit: Emit;
  readonly dutyFor: EnforcerDemand["dutyFor"];
  /** Whether bans depend on it. If not, it is only cleared, and failing to open it is no fault. */
  readonly isUsed: () => boolean;
  /** Called after the known state of the enforcer changed. */
  readonly onChange: () => void;
  readonly open: (emit: Emit) => Promise<Result<Enforcer, Unusable>>;
}

/** Number of entries of a list that are applied together. */
const LIST_CHUNK = 1000;

export class ManagedEnforcer {
  readonly name: string;
  readonly kind: EnforcerKind | undefined;
  readonly #options: ManagedEnforcerOptions;
  readonly #view: EnforcerView;
  readonly #backoff = createBackoff({ first: duration(500), longest: duration(30_000) });
  readonly #retry: Alarm;
  readonly #inTurn = createSerialQueue();
  readonly #stopWatching = new AbortController();
  #opened: { readonly enforcer: Enforcer; readonly enforcement: Enforcement } | undefined;
  #missing: Unusable | undefined;
  #watching: Promise<void> = Promise.resolve();
  #restored: Promise<void> = Promise.resolve();
  /** Number of comparisons whose end makes it known whether every ban is held. */
  #restoring = 0;

  constructor(options: ManagedEnforcerOptions) {
    this.#options = options;
    this.name = options.name;
    this.kind = options.config?.kind;
    this.#retry = options.clock.alarm(() => this.open());
    const scopes = (): EnforcerDemand["scopes"] => this.abilities?.scopes ?? "ports";
    const { name, dutyFor, book, lists } = options;
    const demand = {
      ...{ name, dutyFor },
      get scopes() {
        return scopes();
      },
    };
    this.#view = viewWithLists(book.openView(demand), lists);
  }

  /** What happens to packets of banned addresses; undefined: it is no packet filter. */
  get verdict(): Verdict["kind"] | undefined {
    const { settings } = this.#options.config ?? {};
    return settings !== undefined && "verdict" in settings ? settings.verdict : undefined;
  }

  /** undefined: it is not open, so they are unknown. */
  get abilities(): EnforcerAbilities | undefined {
    return this.#opened?.enforcer.abilities;
  }

  /** Its state as last read; undefined: it is not open. */
  get enforcement(): Enforcement | undefined {
    return this.#opened?.enforcement;
  }

  /** Whether it is open and drops packets, as far as it was ever seen to work. */
  get isEnforcing(): boolean {
    const isOpen = this.#opened?.enforcer.enforcing === true && this.#missing === undefined;
    return isOpen && this.enforcement?.hasWorked === true;
  }

  /** Why it cannot be used, and how to fix it. Opening is retried automatically. */
  get missing(): Unusable | undefined {
    return this.#missing;
  }

  /** Why its bans may not be in force; undefined: no trouble is known. */
  get trouble(): string | undefined {
    const { enforcement } = this;
    const unread = enforcement?.hasWorked === false ? "it has not been read yet" : undefined;
    return this.#missing?.reason ?? enforcement?.trouble() ?? unread;
  }

  /** Resolves when every ban has been looked up in it for the first time, and restored if missing. */
  get restored(): Promise<void> {
    return this.#restored;
  }

  /** Whether it is being opened, or compared after its jails changed, so that its blocks will soon be known. */
  get isRestoring(): boolean {
    return this.#missing === undefined && (this.#opened === undefined || this.#restoring > 0);
  }

  /** Whether every ban that it must hold is in force, as last read. */
  get isComplete(): boolean {
    return this.isEnforcing && this.enforcement?.isComplete() === true;
  }

  /** Opens the enforcer if it is not open. If that fails, retries later, because the cause may disappear soon. */
  open(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#opened !== undefined || this.#stopWatching.signal.aborted) return;
      this.#retry.clear();
      const emit = this.#emit;
      const opened = await this.#options.open(emit);
      if (!opened.ok) return this.#note(opened.error);
      const enforcer = opened.value;
      const { clock, onChange } = this.#options;
      const view = this.#view;
      const enforcement = new Enforcement({ enforcer, view, clock, emit, onChange });
      this.#opened = { enforcer, enforcement };
      // Watch before the restore, so that no change in between is missed. Reading logs need not wait for the restore.
      this.#watching = enforcement.watch(this.#stopWatching.signal);
      void this.restart().then(() => {
        // After the first reading, so that it is never neither missing nor proven.
        this.#note(undefined);
        onChange();
      });
    });
  }

  #note(missing: Unusable | undefined): void {
    const before = this.#missing;
    this.#missing = missing;
    if (missing === undefined) this.#backoff.reset();
    else this.#retry.set(this.#backoff.next());
    if (missing?.reason === before?.reason) return;
    if (missing !== undefined) {
      this.#view.markAllPending(missing.reason);
      const reason = `${missing.reason}: ${missing.fix}`;
      this.#emit({ event: "firewall-unavailable", reason });
    }
    this.#options.onChange();
  }

  /** Applies the difference between two states of a block list. Bans in between need not wait for all of it. */
  async syncList(before: BlockList | undefined, after: BlockList | undefined): Promise<void> {
    for (const keys of chunksOf(listChanges(before, after), LIST_CHUNK)) await this.sync(keys);
  }

  /** Applies the book's current state of these bans, as far as they concern this enforcer. */
  async sync(bans: readonly BanKey[]): Promise<void> {
    await this.enforcement?.sync(bans);
  }

  async reconcile(cause: Cause): Promise<void> {
    await this.enforcement?.reconcile(cause);
  }

  /** Must be called when it must hold bans of further jails: nothing is proven until it has been compared again. */
  restart(): Promise<void> {
    this.#restoring++;
    const ended = Promise.resolve(this.enforcement?.restart());
    return (this.#restored = ended.finally(() => this.#restoring--));
  }

  /** Must be called before the enforcer `remover` removes its blocks, among which may be some of this one. */
  doubt(remover: string): void {
    this.enforcement?.doubt(remover);
  }

  /** Must be called after `doubt`, when the removal has ended, whether it succeeded or not. */
  async reapply(remover: string): Promise<void> {
    await this.enforcement?.reapply(remover);
  }

  async count(subjects: readonly Subject[]): Promise<readonly EnforcedBlock[]> {
    return (await this.enforcement?.count(subjects)) ?? [];
  }

  /** Returns the key of the block for a ban; undefined: bans of that jail are not for this enforcer. */
  blockFor({ subject, jail, scope }: BanKey): BlockKey | undefined {
    if (!this.#view.holds(jail, scope)) return undefined;
    return { subject, scope: this.#view.scopeOf(scope) };
  }

  /** Removes everything of bailiff from the enforcer; to be closed afterward. Returns why that failed. */
  removeAll(): Promise<string | undefined> {
    return this.#inTurn(async () => {
      if (this.#opened === undefined) return this.#missing?.reason ?? "it is not open";
      const { enforcer, enforcement } = this.#opened;
      // Before the removal, which would be repaired otherwise.
      this.#stopWatching.abort();
      await this.#watching;
      await enforcement.settled();
      const removed = await enforcer.removeAll().catch((error: unknown) => ({
        ok: false as const,
        error: reasonOf(error),
      }));
      return removed.ok ? undefined : removed.error;
    });
  }

  /** Closes the enforcer. Its blocks stay in force. */
  close(): Promise<void> {
    this.#stopWatching.abort();
    this.#retry.clear();
    return this.#inTurn(async () => {
      // An opening that was running may have set it again.
      this.#retry.clear();
      await this.#watching;
      await this.enforcement?.settled();
      await this.#opened?.enforcer.close();
      this.#view.close();
    });
  }

  /** Adds the name of the enforcer to its events. */
  readonly #emit: Emit = (event: TelemetryEvent): void => {
    const { emit, isUsed } = this.#options;
    // No ban depends on it, and former-enforcers.ts reports why it cannot be cleared.
    if (event.event === "firewall-unavailable" && !isUsed()) return;
    if (isOfEnforcer(event)) emit({ ...event, enforcer: this.name });
    else emit(event);
  };
}

const OWN_EVENTS = [
  "firewall-changed",
  "firewall-repaired",
  "firewall-unavailable",
  "firewall-monitor-lost",
  "list-reload-failed",
  "enforce-refused",
] as const;

function isOfEnforcer(
  event: TelemetryEvent,
): event is Extract<TelemetryEvent, { readonly event: (typeof OWN_EVENTS)[number] }> {
  return OWN_EVENTS.some((name) => name === event.event);
}
