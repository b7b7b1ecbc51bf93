/** Knows the enforcers in use, and combines what they have confirmed into the state of each ban. */
import type { Ban, BookedBan } from "../../domain/ban.ts";
import type { EnforcerDemand, EnforcerGap } from "../../domain/enforcer-view.ts";
import { ALL_PORTS, OBSERVED, type PortScope } from "../../domain/port-scope.ts";
import { type Confirmations, createConfirmations } from "./confirmations.ts";

/** An enforcer in use, with the blocks that it has confirmed. */
export interface RegisteredEnforcer {
  readonly demand: EnforcerDemand;
  readonly confirmations: Confirmations;
}

type BanPart = Pick<Ban, "subject" | "jail" | "scope">;

export interface EnforcerViews {
  add(demand: EnforcerDemand): RegisteredEnforcer;
  remove(enforcer: RegisteredEnforcer): void;
  all(): Iterable<RegisteredEnforcer>;
  stateOf(ban: BanPart): Pick<BookedBan, "state" | "gaps">;
  /** Marks a ban that was opened or changed as pending in every enforcer that must hold it. */
  doubt(ban: BanPart): void;
}

/** Returns the scope of the block by which an enforcer holds a ban. */
export function heldScope({ scopes }: EnforcerDemand, scope: PortScope): PortScope {
  return scopes === "host" && scope !== OBSERVED ? ALL_PORTS : scope;
}

const NO_GAPS: readonly EnforcerGap[] = [];

export function createEnforcerViews(): EnforcerViews {
  const enforcers = new Set<RegisteredEnforcer>();
  return {
    add(demand) {
      const enforcer = { demand, confirmations: createConfirmations() };
      enforcers.add(enforcer);
      return enforcer;
    },
    remove: (enforcer) => void enforcers.delete(enforcer),
    all: () => enforcers,
    stateOf({ subject, jail, scope }) {
      let gaps: EnforcerGap[] | undefined;
      let isRequired = false;
      for (const { demand, confirmations } of enforcers) {
        if (demand.dutyFor(jail, scope) !== "required") continue;
        isRequired = true;
        const { state, error } = confirmations.stateOf(subject, heldScope(demand, scope));
        if (state === "pending") (gaps ??= []).push({ enforcer: demand.name, error });
      }
      return {
        state: isRequired && gaps === undefined ? "enforced" : "pending",
        gaps: gaps ?? NO_GAPS,
      };
    },
    doubt({ subject, jail, scope }) {
      for (const { demand, confirmations } of enforcers)
        if (demand.dutyFor(jail, scope) !== "none")
          confirmations.doubt(subject, heldScope(demand, scope));
    },
  };
}
