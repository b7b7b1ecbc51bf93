import type { AlarmClock } from "../../domain/clock.ts";

/**
 * Maximum wait for an enforcer. One that takes longer, such as a service that does not answer, must delay neither the
 * start nor the bans in the others.
 */
const PATIENCE_MS = 5000;

/** Waits for all of this work, but not longer than `PATIENCE_MS` if `hasOthers`: several enforcers are in use. */
export async function waitPatiently(
  work: readonly Promise<void>[],
  { clock, hasOthers }: { readonly clock: AlarmClock; readonly hasOthers: boolean },
): Promise<void> {
  const done = Promise.all(work);
  if (!hasOthers) return void (await done);
  const enough = new AbortController();
  await Promise.race([done, clock.sleep(PATIENCE_MS, enough.signal, "loose")]);
  enough.abort();
}
