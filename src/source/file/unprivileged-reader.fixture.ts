/**
 * For tests: reads one file as the user that started it, reports what it reads to its parent, and ends after one batch.
 */
import { systemClock } from "../../host/system-clock.ts";
import { openFileSource } from "./file-source.ts";

const end = new AbortController();
const source = openFileSource({
  patterns: process.argv.slice(2),
  resume: () => undefined,
  clock: systemClock,
  emit: (event) => {
    if (event.event === "source-failed") process.send?.(`failed: ${event.reason}`);
  },
});
for await (const batch of source.batches(end.signal)) {
  process.send?.(`read: ${batch.text}`);
  end.abort();
}
process.disconnect?.();
