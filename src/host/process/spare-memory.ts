/**
 * Returns unused memory to the system. V8 and the C library do not do so in a mostly idle program: memory from start-up
 * or a large log would stay resident forever. Blocks for 20 ms with a small heap, and for 50 ms with 200,000 tracked
 * subjects, so call it after heavy work, not routinely.
 */
import v8 from "node:v8";
import vm from "node:vm";
import { openNativeLibrary } from "../kernel/native-library.ts";

export interface SpareMemory {
  giveBack(): void;
  /** Returns memory if the process has grown by GROWTH_BYTES since the last time. */
  giveBackIfGrown(): void;
}

const GROWTH_BYTES = 16 * 1024 * 1024;
/** Options of the only collection that also shrinks the young generation and drops code that was not used recently. */
const FULL_COLLECTION = { type: "major", execution: "sync", flavor: "last-resort" };

export async function openSpareMemory(): Promise<SpareMemory> {
  const collect = collector();
  // Only glibc has this function; other C libraries return memory by their own rules.
  const glibc = await openNativeLibrary("libc.so.6", (bind) => ({
    trim: bind("int malloc_trim(size_t pad)"),
  }));
  let resident = 0;
  const giveBack = (): void => {
    collect();
    if (glibc.ok) glibc.value.calls.trim(0);
    resident = process.memoryUsage.rss();
  };
  return {
    giveBack,
    giveBackIfGrown: () => {
      if (process.memoryUsage.rss() > resident + GROWTH_BYTES) giveBack();
    },
  };
}

/** Returns V8's collector, which is exposed only to contexts created after this flag is set. */
function collector(): () => void {
  v8.setFlagsFromString("--expose-gc");
  const collect: unknown = vm.runInNewContext("gc");
  v8.setFlagsFromString("--no-expose-gc");
  return typeof collect === "function"
    ? () => Reflect.apply(collect, undefined, [FULL_COLLECTION])
    : () => {};
}
