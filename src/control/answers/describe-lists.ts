/** Describes block lists in replies. */
import { amount } from "../../domain/amount.ts";
import type { Subject } from "../../domain/cidr.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";
import { listOwner } from "../../domain/jail-name.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import type { ManagedEnforcer } from "../../firewall/managed-enforcer.ts";
import type { ListState } from "../../lists/list-keeper.ts";
import type { CoveringList, ListReply } from "../list-messages.ts";

export function describeLists({ lists, firewall }: Daemon): readonly ListReply[] {
  return lists.states.map((state) => {
    const { config, where, entries, goodAt, nextLookAt, invalid, refused, cut } = state;
    const enforcers = firewall.enforcersFor(listOwner(config.name));
    return {
      ...{ name: config.name, where, ...judge(state, enforcers) },
      entries: entries ?? null,
      good_at: formatTime(goodAt),
      next_look_at: formatTime(nextLookAt),
      ports: config.ports,
      enforcers: enforcers.map(({ name }) => name),
      unused:
        invalid === undefined || refused === undefined
          ? null
          : {
              invalid: invalid.count,
              refused: refused.count,
              first: [...invalid.first, ...refused.first],
            },
      cut,
    };
  });
}

/** Returns the lists that block all of a subject, except those that only observe. */
export function describeCovering(
  { lists, firewall }: Daemon,
  subject: Subject,
): readonly CoveringList[] {
  return lists.covering(subject).flatMap(({ list, network, ports }) => {
    const isObserved = firewall.enforcersFor(listOwner(list)).length === 0;
    return isObserved ? [] : [{ list, network, ports }];
  });
}

function judge(
  { config, entries, failure }: ListState,
  enforcers: readonly ManagedEnforcer[],
): Pick<ListReply, "state" | "reason" | "fix"> {
  const source = config.url === undefined ? "file" : "URL";
  const fix = `check the ${source}, then bailiff reload`;
  if (entries === undefined) {
    const reason = failure ?? "it is being read for the first time";
    return { state: "empty", reason, fix: failure === undefined ? null : fix };
  }
  const lack = enforcers.flatMap((enforcer) => lackOf(enforcer) ?? []).join("; ");
  if (lack !== "") return { state: "not-enforced", reason: lack, fix: "bailiff doctor" };
  if (failure !== undefined) return { state: "old", reason: failure, fix };
  if (enforcers.length > 0) return { state: "in-force", reason: null, fix: null };
  const reason = "its enforcer is memory, which drops nothing";
  return { state: "observed", reason, fix: null };
}

/** Returns what an enforcer lacks; undefined: nothing. */
function lackOf({ name, trouble, enforcement }: ManagedEnforcer): string | undefined {
  if (trouble !== undefined) return `${name}: ${trouble}`;
  const leftOut = enforcement?.readBack()?.leftOutListed ?? 0;
  if (leftOut === 0) return undefined;
  return `${name}: no room for ${amount(leftOut, "entry", "entries")} of lists`;
}

function formatTime(at: Instant | undefined): string | null {
  return at === undefined ? null : formatInstant(at);
}
