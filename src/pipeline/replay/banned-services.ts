/** Decides which bans of the simulated firewall stop an attempt: those of its source that close the service's ports. */
import { parsePorts } from "../../config/kinds/ports-setting.ts";
import type { Ban, BookedBan } from "../../domain/ban.ts";
import type { Instant } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";
import { ALL_PORTS, OBSERVED, type PortScope, portsOf } from "../../domain/port-scope.ts";
import type { PortNames } from "../../host/services/port-names.ts";
import type { CompiledJail } from "../../jails/compile-jails.ts";

export class BannedServices {
  /** Names of the filter of each jail. */
  readonly #filters: ReadonlyMap<JailName, string>;
  /** Ports of the service of each filter; missing: unknown. */
  readonly #ports: ReadonlyMap<string, PortScope>;

  constructor(jails: readonly CompiledJail[], names: PortNames) {
    this.#filters = new Map(jails.map(({ jail }) => [jail.name, jail.filter.name]));
    this.#ports = new Map(
      jails.flatMap(({ jail, definition }) => {
        const ports = parsePorts(definition.ports, names);
        return ports.ok ? [[jail.filter.name, ports.value] as const] : [];
      }),
    );
  }

  /** Returns the ban that stops an attempt on the service of a filter at a time in the log; undefined: none does. */
  find(bans: readonly BookedBan[], filter: string, at: Instant): BookedBan | undefined {
    return bans.find((ban) => isInForce(ban, at) && this.#closes(ban, filter));
  }

  #closes({ jail, scope }: Ban, filter: string): boolean {
    if (scope === OBSERVED) return false;
    // The ports of a jail are those on which its service listens on this host.
    if (scope === ALL_PORTS || this.#filters.get(jail) === filter) return true;
    const open = this.#ports.get(filter);
    if (open === undefined || open === ALL_PORTS) return false;
    const closed = new Set(scope.split(","));
    return portsOf(open).every(({ protocol, number }) => closed.has(`${protocol}/${number}`));
  }
}

function isInForce({ from, until }: Ban, at: Instant): boolean {
  return from <= at && (until === "forever" || at < until);
}
