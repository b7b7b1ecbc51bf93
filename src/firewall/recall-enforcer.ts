import { type EnforcerConfig, isEnforcerKind } from "../config/enforcers/enforcer-kinds.ts";
import { completeEnforcer } from "../config/resolve-enforcers.ts";
import { parseJson } from "../domain/json.ts";
import type { KnownEnforcer } from "../domain/known-enforcer.ts";

/** Returns the configuration of a recorded enforcer; undefined: this release does not know its kind. */
export function recallEnforcer({
  name,
  kind,
  settings,
}: KnownEnforcer): EnforcerConfig | undefined {
  if (!isEnforcerKind(kind)) return undefined;
  const parsed = parseJson(settings);
  const values = new Map<string, unknown>(Object.entries(parsed ?? {}));
  return completeEnforcer(name, kind, (key) => values.get(key));
}
