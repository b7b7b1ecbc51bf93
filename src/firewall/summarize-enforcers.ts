import { MEMORY } from "../config/enforcers/memory.ts";
import type { ManagedEnforcer } from "./managed-enforcer.ts";
import type { Unusable } from "./nftables.ts";

/** The state of several enforcers together. */
export interface EnforcerSummary {
  /** The names of those that can be used, or may be soon; "memory": no enforcer can. */
  readonly name: string;
  readonly isEnforcing: boolean;
  /** Why none of them can be used, and how to fix it; undefined: some can be used, or there are none. */
  readonly missing: Unusable | undefined;
  /** What to do where none of them can be used, or about the trouble of the only one. */
  readonly fix: string | undefined;
  /** Why bans may not be in force in one of them; undefined: no trouble is known. */
  readonly trouble: string | undefined;
}

export function summarizeEnforcers(enforcers: readonly ManagedEnforcer[]): EnforcerSummary {
  const working = enforcers.filter(({ isEnforcing }) => isEnforcing);
  const usable = enforcers.filter(({ missing }) => missing === undefined);
  const troubles = enforcers.flatMap(({ name, trouble }) => {
    if (trouble === undefined) return [];
    return [enforcers.length === 1 ? trouble : `${name}: ${trouble}`];
  });
  const [first] = enforcers;
  const isWhole = first !== undefined && (usable.length === 0 || enforcers.length === 1);
  return {
    name: usable.length === 0 ? MEMORY : usable.map(({ name }) => name).join(", "),
    isEnforcing: working.length > 0,
    missing: usable.length > 0 ? undefined : first?.missing,
    fix: isWhole ? adviceFor(first) : undefined,
    trouble: troubles.length === 0 ? undefined : troubles.join("; "),
  };
}

/** Returns what to do about the trouble of an enforcer; undefined: nothing more than a retry is known. */
export function adviceFor({ missing, enforcement }: ManagedEnforcer): string | undefined {
  return missing === undefined ? enforcement?.fix : howToFix(missing);
}

/** Returns how to make an enforcer usable again. */
export function howToFix({ fix, isMisconfigured = false }: Unusable): string {
  return isMisconfigured ? `${fix}; then: bailiff reload` : fix;
}
