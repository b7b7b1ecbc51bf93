/**
 * Bounds every regular expression of the process: V8 switches from its backtracking engine to its linear one when a
 * match backtracks too often, for each expression the linear engine can run. Must run before the first is compiled.
 * The "l" flag, which refuses all others, comes with the second switch. The launcher gives both to Node; this is for
 * whoever starts Node otherwise, and costs nothing when they are there.
 */
export function enableLinearRegex(): void {
  if (process.execArgv.includes(FALLBACK) && process.execArgv.includes(FLAG)) return;
  const v8 = process.getBuiltinModule("node:v8");
  v8.setFlagsFromString(FALLBACK);
  v8.setFlagsFromString(FLAG);
}

const FALLBACK = "--enable-experimental-regexp-engine-on-excessive-backtracks";
const FLAG = "--enable-experimental-regexp-engine";
