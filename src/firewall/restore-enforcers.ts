/**
 * Puts the recorded bans back into the enforcers that held them last. Changes neither who holds which ban nor the record
 * of it: moves to other enforcers are the daemon's, which has a valid configuration.
 */
import { MEMORY } from "../config/enforcers/memory.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { Subject } from "../domain/cidr.ts";
import type { AlarmClock } from "../domain/clock.ts";
import type { KnownEnforcer } from "../domain/known-enforcer.ts";
import { OBSERVED } from "../domain/port-scope.ts";
import type { Emit } from "../telemetry/events.ts";
import { isAssigned, recalledAssignment } from "./assign-enforcers.ts";
import type { BlockLists } from "./block-lists.ts";
import { ABILITIES } from "./enforcer-abilities.ts";
import type { FirewallPort } from "./firewall-port.ts";
import { ManagedEnforcer } from "./managed-enforcer.ts";
import { recallEnforcer } from "./recall-enforcer.ts";

/** Returns whether a reboot loses blocks of the enforcer, and it can be reached before the network is up. */
function isRestorable({ kind, jails, others }: KnownEnforcer): boolean {
  // A former one only has to be cleared, by the daemon.
  if (!others && jails.length === 0) return false;
  const stated = Object.entries(ABILITIES).find(([name]) => name.split(",")[0] === kind);
  // What this release does not know is reported.
  return kind !== MEMORY && (stated === undefined || stated[1].isRestored);
}

export interface RestoreOptions {
  readonly book: BanBook;
  /** The last good copies of the block lists. */
  readonly lists: BlockLists;
  readonly port: Pick<FirewallPort, "open">;
  /** Prefix lengths with which jails ban IPv6. */
  readonly ipv6Prefixes: readonly number[];
  readonly isAllowed: (subject: Subject) => boolean;
  readonly clock: AlarmClock;
  readonly emit: Emit;
}

export interface Restored {
  /** The names of the enforcers in which bans were looked up. */
  readonly names: readonly string[];
  /** Number of bans in force. */
  readonly bans: number;
  /** Number of bans that were not taken; events name them. */
  readonly pending: number;
  /** Why bans may not be in force; undefined: all are, except pending ones. */
  readonly trouble: string | undefined;
}

export async function restoreEnforcers(options: RestoreOptions): Promise<Restored> {
  const { book } = options;
  const known = book.knownEnforcers().filter(({ clearedAt }) => clearedAt === undefined);
  const members = known.filter(isRestorable).map((one) => manage(one, known, options));
  await Promise.all(members.map((member) => member.open()));
  await Promise.all(members.map(({ restored }) => restored));
  const states = [...book.activeBans({})].map(({ state }) => state);
  const troubles = members.flatMap(({ name, trouble }) =>
    trouble === undefined ? [] : [`${name}: ${trouble}`],
  );
  await Promise.all(members.map((member) => member.close()));
  return {
    names: members.map(({ name }) => name),
    bans: states.filter((state) => state === "enforced").length,
    pending: states.filter((state) => state === "pending").length,
    trouble: troubles.length === 0 ? undefined : troubles.join("; "),
  };
}

function manage(
  one: KnownEnforcer,
  known: readonly KnownEnforcer[],
  { book, lists, port, ipv6Prefixes, isAllowed, clock, emit }: RestoreOptions,
): ManagedEnforcer {
  const assignment = recalledAssignment(known);
  const config = recallEnforcer(one);
  return new ManagedEnforcer({
    ...{ name: one.name, config, book, clock, emit },
    lists: () => lists,
    dutyFor: (jail, scope) =>
      scope !== OBSERVED && isAssigned(assignment, one.place, jail) ? "required" : "none",
    isUsed: () => true,
    onChange: () => undefined,
    open: async (emitOf) => {
      if (config !== undefined) return port.open({ config, ipv6Prefixes, isAllowed, emit: emitOf });
      const reason = `this release does not know enforcers of kind ${one.kind}`;
      return { ok: false, error: { reason, fix: "start the daemon" } };
    },
  });
}
