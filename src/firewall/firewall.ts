/**
 * Owns the daemon's enforcer: memory until a jail needs a real firewall and it can be opened. Also owns the
 * reconciliation with the book, and the task that watches for changes.
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

/** Opens the firewall of a network namespace. */
export interface FirewallPort {
  /**
   * Prevents other daemons from banning in this network namespace until released. `state` is the path of this daemon's
   * database. Returns undefined if this process may not change the firewall anyway. Fails with the current owner.
   */
  lock(owner: {
    readonly state: string;
    readonly emit: Emit;
  }): Promise<Result<NamespaceLock | undefined, string>>;
  /** Opens the firewall. Fails with what is missing and how to fix it. */
  open(
    options: Pick<NftablesOptions, "ipv6Prefixes" | "isAllowed" | "emit">,
  ): Promise<Result<Enforcer, Unusable>>;
}

export interface FirewallOptions {
  readonly book: BanBook;
  /** The shared allow-list, whose subjects are never blocked. */
  readonly allow: { readonly shared: { covers(subject: Subject): unknown } };
  readonly clock: AlarmClock;
  readonly emit: Emit;
  /** Called after the known state of the firewall changed. */
  readonly onChange: () => void;
  readonly port: FirewallPort;
  /** The path of the database, which other daemons that want to ban here show. */
  readonly state: string;
  /** The lock of the network namespace, if it is already held. */
  readonly lock: NamespaceLock | undefined;
}

const STILL_HEARD_PAUSE_MS = 30_000;

/** Takes the lock at start, so that of two daemons the second is refused before it changes anything. */
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
  #checkedAt = Number.NEGATIVE_INFINITY;

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

  /** Why nothing is enforced although a jail bans, and how to fix it. Opening is retried automatically. */
  get missing(): Unusable | undefined {
    return this.#missing;
  }

  /** Resolves when every ban has been looked up in the current firewall, and restored if missing. */
  get restored(): Promise<void> {
    return this.#restored;
  }

  /** Opens the real firewall if one of these jails needs it and it is not open yet. */
  openFor(jails: readonly JailConfig[]): Promise<void> {
    this.#wanted = jails;
    return this.#open();
  }

  /**
   * Opens the firewall. If that fails, retries until it succeeds or no jail needs it, because the cause may disappear
   * soon.
   */
  #open(): Promise<void> {
    return this.#inTurn(async () => {
      this.#retry.clear();
      if (!wantsFirewall(this.#wanted)) this.#note(undefined);
      else if (!this.#enforcer.enforcing) await this.#openOnce();
      if (this.#enforcer.enforcing || this.#isMemoryFilled) return;
      // Memory is empty at start, so bans observed before the restart are restored to it.
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
    const { emit, onChange } = this.#options;
    if (missing !== undefined)
      emit({ event: "firewall-unavailable", reason: `${missing.reason}: ${missing.fix}` });
    onChange();
  }

  async #use(next: Enforcer): Promise<void> {
    await this.#shut();
    this.#enforcer = next;
    this.#enforcement = new Enforcement({ ...this.#options, enforcer: next });
    this.#stopWatching = new AbortController();
    // Watch before the restore, so that no change in between is missed. Reading logs need not wait for the restore.
    this.#watching = this.#enforcement.watch(this.#stopWatching.signal);
    this.#restored = this.#enforcement.reconcile("start").then(this.#options.onChange);
  }

  #openMemory(): Enforcer {
    return createMemoryEnforcer({ isAllowed: this.#isAllowed, clock: this.#options.clock });
  }

  readonly #isAllowed = (subject: Subject): boolean =>
    this.#options.allow.shared.covers(subject) !== undefined;

  /** Checks at a limited rate whether every ban is held, because a banned subject still causes failures. */
  onBannedStillActive(): void {
    const now = this.#options.clock.monotonic();
    if (now - this.#checkedAt < STILL_HEARD_PAUSE_MS) return;
    this.#checkedAt = now;
    void this.#enforcement.reconcile("request");
  }

  async #shut(): Promise<void> {
    this.#stopWatching.abort();
    await this.#watching;
    await this.#enforcement.settled();
    await this.#enforcer.close();
  }

  /** Closes the enforcer. Leaves every ban in the kernel. */
  async close(): Promise<void> {
    this.#wanted = [];
    await this.#inTurn(() => this.#shut());
    this.#retry.clear();
    this.#lock?.release();
  }
}
