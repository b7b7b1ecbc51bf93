/** Yields no change until `signal` aborts, for enforcers that no other program changes. */
import type { ForeignChange } from "../domain/enforcer.ts";

export async function* watchNothing(signal: AbortSignal): AsyncGenerator<ForeignChange> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
