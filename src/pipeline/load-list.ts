import type { StateStore } from "../record/state-store.ts";
import { isRecord, parseJson } from "../domain/json.ts";

/** Loads a list of objects that an earlier run stored as JSON; empty if missing or unreadable. */
export function loadList(
  stateStore: StateStore,
  name: string,
): readonly Readonly<Record<string, unknown>>[] {
  const value = parseJson(stateStore.load(name));
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
