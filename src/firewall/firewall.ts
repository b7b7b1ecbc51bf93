/**
 * The firewall the daemon works with: memory until a real one is wanted and can be opened. Owns the enforcer, what keeps
 * it equal to the book, and the task that watches it.
 */
import { enabledJails, type JailConfig } from "../config/config.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { Subject } from "../domain/cidr.ts";
import type { Alarm, AlarmClock } from "../domain/clock.ts";
import { duration } from "../domain/duration.ts";
import type { Enforcer } from "../domain/enforcer.ts";
import { CodedError } from "../domain/errors.ts";
import { createMemoryEnforcer } from "./memory.ts";
import { ok, type Result } from "../domain/result.ts";
import type { NftablesOptions, Unusable } from "./nftables.ts";
import { createBackoff } from "../host/backoff.ts";
import type { NamespaceLock } from "../host/kernel/namespace-lock.ts";
import type { Emit } from "../telemetry/events.ts";
import { Enforcement } from "./enforcement.ts";
import { splitEnforcer } from "./firewall/split-enforcer.ts";
import type { Config } from "../config/config.ts";
import { createSerialQueue } from "../host/serial-queue.ts";

/** The firewall of a network, as it can be had. */
export interface FirewallPort {
  /**
   * Lets no other daemon ban in this network until released; `state` says where this one's database is. undefined: the
   * firewall may not be changed anyway. Fails with who bans here.
   */
  lock(place: {
    readonly state: string;
    readonly emit: Emit;
  }): Promise<Result<NamespaceLock | undefined, string>>;
  /** Fails with what is missing and what to do about it. */
  open(
    options: Pick<NftablesOptions, "ipv6Prefixes" | "isAllowed" | "emit">,
  ): Promise<Result<Enforcer, Unusable>>;
}

export interface FirewallOptions {
  readonly book: BanBook;
  /** Subjects that are never blocked. */
  readonly allow: { readonly door: { covers(subject: Subject): unknown } };
  readonly clock: AlarmClock;
  readonly emit: Emit;
  /** Called after what is known of the firewall changed. */
  readonly changed: () => void;
  readonly port: FirewallPort;
  /** Where the database is, for whoever else wants to ban here. */
  readonly state: string;
  /** That of the network namespace, where it is held already. */
  readonly lock: NamespaceLock | undefined;
}

const STILL_HEARD_PAUSE_MS = 30_000;

/** At the start: of two daemons the second is refused before it touches anything. */
export async function holdNetwork(
  { config }: { readonly config: Config },
  port: FirewallPort,
  emit: Emit,
): Promise<NamespaceLock | undefined> {
  if (!wantsFirewall(enabledJails(config))) return undefined;
  const locked = await port.lock({ state: config.daemon.state, emit });
  if (locked.ok) return locked.value;
  throw new CodedError("already-running", locked.error, {
    hint: 'stop it first, run this one in another network namespace, or let it only observe: enforcer = "memory"',
  });
}

function wantsFirewall(jails: readonly JailConfig[]): boolean {
  return jails.some((jail) => jail.enforcer === "nftables");
}

export class Firewall {
  readonly #options: FirewallOptions;
  readonly #backoff = createBackoff({ first: duration(500), longest: duration(30_000) });
  readonly #retry: Alarm;
  readonly #inTurn = createSerialQueue();
  #lock: NamespaceLock | undefined;
  #enforcer: Enforcer;
  #enforcement: Enforcement;
  #wanted: readonly JailConfig[] = [];
  #missing: Unusable | undefined;
  #watching: Promise<void> = Promise.resolve();
  #restored: Promise<void> = Promise.resolve();
  #stopWatching = new AbortController();
  #isMemoryFilled = false;
  #heardAt = Number.NEGATIVE_INFINITY;

  constructor(options: FirewallOptions) {
    this.#options = options;
    this.#retry = options.clock.alarm(() => this.#open());
    this.#lock = options.lock;
    this.#enforcer = this.#openMemory();
    this.#enforcement = new Enforcement({ ...options, enforcer: this.#enforcer });
  }

  get enforcement(): Enforcement {
    return this.#enforcement;
  }

  get name(): string {
    return this.#enforcer.name;
  }

  /** Why nothing is enforced although it should be, and what to do. It is tried again by itself. */
  get missing(): Unusable | undefined {
    return this.#missing;
  }

  /** Resolves when every ban has been looked for, and put, in the firewall that is used now. */
  get restored(): Promise<void> {
    return this.#restored;
  }

  /** Opens the real firewall when one of these jails wants it and it is not open yet. */
  openFor(jails: readonly JailConfig[]): Promise<void> {
    this.#wanted = jails;
    return this.#open();
  }

  /** What refused may be gone in a moment: it is tried again until it works, or nobody wants it any more. */
  #open(): Promise<void> {
    return this.#inTurn(async () => {
      this.#retry.clear();
      if (!wantsFirewall(this.#wanted)) this.#note(undefined);
      else if (!this.#enforcer.enforcing) await this.#openOnce();
      if (this.#enforcer.enforcing || this.#isMemoryFilled) return;
      // It begins empty, and what was observed before the restart is observed still.
      this.#isMemoryFilled = true;
      await this.#enforcement.reconcile("start");
    });
  }

  async #openOnce(): Promise<void> {
    const { emit, port, state } = this.#options;
    const locked = this.#lock === undefined ? await port.lock({ state, emit }) : ok(this.#lock);
    if (!locked.ok) {
      const fix = 'end one of them, or let one only observe (enforcer = "memory")';
      this.#note({ reason: locked.error, fix });
      return;
    }
    this.#lock = locked.value;
    const ipv6Prefixes = [...new Set(this.#wanted.map(({ ipv6_prefix }) => ipv6_prefix))];
    const opened = await port.open({ ipv6Prefixes, emit, isAllowed: this.#isAllowed });
    this.#note(opened.ok ? undefined : opened.error);
    if (opened.ok) await this.#use(splitEnforcer(opened.value, this.#openMemory()));
  }

  #note(missing: Unusable | undefined): void {
    const before = this.#missing;
    this.#missing = missing;
    if (missing === undefined) this.#backoff.reset();
    else this.#retry.set(this.#backoff.next());
    if (missing?.reason === before?.reason) return;
    const { emit, changed } = this.#options;
    if (missing !== undefined)
      emit({ event: "firewall-unavailable", reason: `${missing.reason}: ${missing.fix}` });
    changed();
  }

  async #use(next: Enforcer): Promise<void> {
    await this.#shut();
    this.#enforcer = next;
    this.#enforcement = new Enforcement({ ...this.#options, enforcer: next });
    this.#stopWatching = new AbortController();
    // Listening begins before the restore, so that nothing done meanwhile goes unseen. Reading need not wait for it.
    this.#watching = this.#enforcement.watch(this.#stopWatching.signal);
    this.#restored = this.#enforcement.reconcile("start").then(this.#options.changed);
  }

  #openMemory(): Enforcer {
    return createMemoryEnforcer({ isAllowed: this.#isAllowed, clock: this.#options.clock });
  }

  readonly #isAllowed = (subject: Subject): boolean =>
    this.#options.allow.door.covers(subject) !== undefined;

  /** A banned subject goes on failing: looks whether every ban is held, but not again and again for the same noise. */
  onBannedStillActive(): void {
    const now = this.#options.clock.monotonic();
    if (now - this.#heardAt < STILL_HEARD_PAUSE_MS) return;
    this.#heardAt = now;
    void this.#enforcement.reconcile("request");
  }

  async #shut(): Promise<void> {
    this.#stopWatching.abort();
    await this.#watching;
    await this.#enforcement.settled();
    await this.#enforcer.close();
  }

  /** Leaves every ban in the kernel. */
  async close(): Promise<void> {
    this.#wanted = [];
    await this.#inTurn(() => this.#shut());
    this.#retry.clear();
    this.#lock?.release();
  }
}
