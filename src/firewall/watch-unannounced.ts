/**
 * Reports that changes by other programs are not announced, so that the caller reads more often. For enforcers without
 * any notice of changes.
 */
import type { ForeignChange } from "../domain/enforcer.ts";
import { watchNothing } from "./watch-nothing.ts";

export async function* watchUnannounced(signal: AbortSignal): AsyncGenerator<ForeignChange> {
  yield { kind: "monitor-lost", by: undefined };
  yield* watchNothing(signal);
}
