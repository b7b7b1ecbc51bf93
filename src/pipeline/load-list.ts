import type { StateStore } from "../record/state-store.ts";

/** A list of objects an earlier run remembered as JSON; empty when there is none, or it cannot be read. */
export function loadList(
  stateStore: StateStore,
  name: string,
): readonly Readonly<Record<string, unknown>>[] {
  const value = parse(stateStore.load(name) ?? "[]");
  return Array.isArray(value) ? value.filter((one) => typeof one === "object" && one !== null) : [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Cut short or of another release: as good as never written.
    return undefined;
  }
}
