/**
 * Runs every check again, soon after a service was restarted, updated, or stopped listening. Several changes within
 * `DELAY_MS` cause one look.
 */
import type { Alarm, AlarmClock } from "../domain/clock.ts";
import type { FilterDefinition } from "../domain/filter-definition.ts";
import type { ServiceWatch } from "../host/services/watch-services.ts";
import type { HostPort } from "./daemon-ports.ts";

export interface ServiceChangesOptions {
  readonly clock: AlarmClock;
  readonly watchServices: HostPort["watchServices"];
  /** Runs every check, ignoring the results of earlier looks. */
  readonly lookFully: () => void;
}

/**
 * Wait after a change: a restarted service needs time to listen, and a package manager writes its database several
 * times.
 */
const DELAY_MS = 2000;
/** Services whose restart may change which lines come. */
const LOG_SERVICES = ["rsyslog.service", "syslog-ng.service", "systemd-journald.service"];

export class ServiceChanges {
  readonly #watch: ServiceWatch;
  readonly #alarm: Alarm;
  #isPending = false;

  constructor({ clock, watchServices, lookFully }: ServiceChangesOptions) {
    this.#alarm = clock.alarm(() => {
      this.#isPending = false;
      lookFully();
    });
    this.#watch = watchServices(() => this.note());
  }

  /** Notes a change; the look follows after `DELAY_MS`. */
  note(): void {
    if (this.#isPending) return;
    this.#isPending = true;
    this.#alarm.set(DELAY_MS);
  }

  use(jails: readonly { readonly definition: Pick<FilterDefinition, "journal"> }[]): void {
    const units = jails.flatMap(({ definition }) =>
      definition.journal.flatMap((match) => /\b_SYSTEMD_UNIT=(\S+)/.exec(match)?.[1] ?? []),
    );
    this.#watch.setUnits(new Set([...units, ...LOG_SERVICES]));
  }

  close(): void {
    this.#alarm.clear();
    this.#watch.close();
  }
}
