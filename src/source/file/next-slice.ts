/** Divides a long search into slices, so that reading, bans and answers of the daemon do not wait for all of it. */
import { nextTurn } from "../../host/timers.ts";

/** Maximum number of bytes that are read and compared in one turn: about 1 ms. */
export const SLICE_BYTES = 1_048_576;

/** Lets all other pending work run. Throws the reason when `signal` has aborted. */
export async function nextSlice(signal: AbortSignal): Promise<void> {
  await nextTurn();
  signal.throwIfAborted();
}
