/** Moves bans to the ports that their jail names now, if these changed, also while the daemon or the jail did not run. */
import type { BanBook } from "../../domain/ban-book.ts";
import {
  ALL_PORTS,
  MAX_PORTS,
  OBSERVED,
  type PortScope,
  portsOf,
} from "../../domain/port-scope.ts";
import type { Jail } from "../../jails/jail.ts";
import type { Emit } from "../../telemetry/events.ts";

type MovedJail = Pick<Jail, "name"> & {
  readonly policy: { readonly scope: PortScope };
  readonly config: Pick<Jail["config"], "shared">;
};

/** Returns whether bans were moved in the book; the firewall must follow. Observed bans and self-tests stay. */
export function movePorts(jails: readonly MovedJail[], book: BanBook, emit: Emit): boolean {
  let isMoved = false;
  for (const { name, policy, config } of jails) {
    const { scope } = policy;
    // Neither can be enforced.
    if (scope === OBSERVED || portsOf(scope).length > MAX_PORTS) continue;
    // Bans of shared addresses close only some ports on purpose.
    if (scope === ALL_PORTS && config.shared === "ports") continue;
    const bans = book.changePorts(name, scope);
    if (bans > 0) emit({ event: "bans-moved", jail: name, bans, to: scope });
    isMoved ||= bans > 0;
  }
  return isMoved;
}
