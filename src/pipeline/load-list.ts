import type { StateStore } from "../record/state-store.ts";
import { isRecord, parseJson } from "../domain/json.ts";

/** A list of objects an earlier run remembered as JSON; empty when there is none, or it cannot be read. */
export function loadList(
  stateStore: StateStore,
  name: string,
): readonly Readonly<Record<string, unknown>>[] {
  const value = parseJson(stateStore.load(name));
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
