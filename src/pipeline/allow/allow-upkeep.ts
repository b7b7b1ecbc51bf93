/**
 * Rebuilds the allow-lists when jails, answers of DNS, addresses of this host or entries of `bailiff allow` change, and
 * unbans subjects that they allow.
 */
import { stackOf } from "../../domain/thrown-error.ts";
import { MANUAL } from "../../domain/jail-name.ts";
import type { BanBook } from "../../domain/ban-book.ts";
import type { AlarmClock } from "../../domain/clock.ts";
import { type Duration, duration } from "../../domain/duration.ts";
import type { AddressWatch, watchAddresses } from "../../host/kernel/address-watch.ts";
import type { Emit } from "../../telemetry/events.ts";
import type { Allow } from "./allow.ts";
import type { ForwardingPeers } from "../forwarding-peers.ts";
import type { BanKey } from "../../firewall/ban-key.ts";
import { liftAllowed } from "./lift-allowed.ts";
import type { RunningConfig } from "../running-config.ts";

/** Maximum wait for the first look-up of names in ignoreip, before the first lines are read. */
export const FIRST_LOOKUP: Duration = duration(5000);

export interface AllowUpkeepOptions {
  readonly book: BanBook;
  readonly allow: Allow;
  readonly forwarders: Pick<ForwardingPeers, "keepOnly">;
  readonly clock: AlarmClock;
  readonly emit: Emit;
  readonly running: Pick<RunningConfig, "config" | "jails">;
  readonly watchAddresses: typeof watchAddresses;
  readonly onBansChanged: (keys: readonly BanKey[]) => Promise<void>;
  /** Called after the exemptions may have changed. */
  readonly onAllowChanged: () => Promise<void>;
}

export class AllowUpkeep {
  readonly #options: AllowUpkeepOptions;
  #lookUp: Promise<void> | undefined;
  #watch: AddressWatch | undefined;
  readonly #closing = new AbortController();

  constructor(options: AllowUpkeepOptions) {
    this.#options = options;
  }

  /** Rebuilds the lists, without unbanning, and forgets suspected proxies of jails that name their proxies now. */
  refresh(): void {
    const { allow, clock, forwarders, running } = this.#options;
    const unconfigured = running.jails.filter(
      ({ jail }) => jail.config.trusted_proxies === undefined,
    );
    forwarders.keepOnly(new Set(unconfigured.map(({ jail }) => jail.name)));
    const allowances = running.jails.map(({ jail }) => ({
      name: jail.name,
      ignoreip: jail.config.ignoreip,
      nat64_prefixes: jail.config.nat64_prefixes,
      trusted_proxies: jail.config.trusted_proxies,
    }));
    allow.rebuild(allowances, clock.now(), [{ name: MANUAL, ...running.config.defaults }]);
  }

  /** Unbans every subject that is now allowed, and takes it out of block lists. */
  async lift(): Promise<void> {
    const { book, allow, clock, emit, running, onBansChanged, onAllowChanged } = this.#options;
    const jails = running.jails.map(({ jail }) => jail);
    const names = [...jails.map(({ name }) => name), MANUAL];
    await onBansChanged(liftAllowed({ book, allow, names, jails, now: clock.now(), emit }));
    await onAllowChanged();
  }

  /** Rebuilds the lists, and unbans if they allow more than before. */
  async look(): Promise<void> {
    const before = this.#describeLists();
    this.refresh();
    if (this.#describeLists() !== before) await this.lift();
  }

  #describeLists(): string {
    const { allow, running } = this.#options;
    const names = [MANUAL, ...running.jails.map(({ jail }) => jail.name)];
    const lists = [allow.shared, ...names.map((name) => allow.listOf(name))];
    return lists.map(({ entries }) => entries.map(({ subject }) => subject).join()).join("\n");
  }

  /**
   * Watches this host's addresses, and checks whenever they change. If they cannot be watched, the regular checks
   * detect changes.
   */
  async watchAddresses(): Promise<void> {
    const watch = await this.#options.watchAddresses(() => {
      this.look().catch((error: unknown) => {
        const reason = stackOf(error);
        this.#options.emit({ event: "bug", part: "own addresses", reason });
      });
    });
    if (!watch.ok) return;
    this.#watch = watch.value;
    if (this.#closing.signal.aborted) watch.value.close();
  }

  /** Stops. A later DNS answer changes nothing, because the book may be closed. */
  close(): void {
    this.#closing.abort();
    this.#watch?.close();
  }

  /**
   * Resolves the names in ignoreip again. Only one look-up runs at a time: a dead server does not answer faster for
   * two.
   */
  resolveNames(): Promise<void> {
    const { allow, clock } = this.#options;
    this.#lookUp ??= allow
      .resolveNames(() => clock.now(), this.#closing.signal)
      .then((changed) => (changed ? this.lift() : undefined))
      .finally(() => {
        this.#lookUp = undefined;
      });
    return this.#lookUp;
  }

  /** Waits until every name has been looked up once, up to a maximum. Look-ups continue after that. */
  async awaitNames(longest: Duration): Promise<void> {
    const { allow, clock } = this.#options;
    if (!allow.awaitsNames) return;
    const over = new AbortController();
    await Promise.race([this.#lookUpAll(), clock.sleep(longest, over.signal, "loose")]);
    over.abort();
  }

  /** Looks up until all names were, because a pending look-up may be for other names. */
  async #lookUpAll(): Promise<void> {
    const { signal } = this.#closing;
    while (this.#options.allow.awaitsNames && !signal.aborted) await this.resolveNames();
  }
}
