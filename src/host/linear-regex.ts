/**
 * Bounds every regular expression of the process: V8 switches from its backtracking engine to its linear one when a
 * match backtracks too often, for each expression the linear engine can run. Must run before the first is compiled.
 * How often is told with the second switch: V8's own 50,000 are tens of milliseconds on a text of 500 characters, and no
 * ordinary line needs 200. The "l" flag, which refuses all others, comes with the third. The launcher gives them all to
 * Node; this is for whoever starts Node otherwise, and costs nothing when they are there.
 */
export function enableLinearRegex(): void {
  if (SWITCHES.every((one) => process.execArgv.includes(one))) return;
  const v8 = process.getBuiltinModule("node:v8");
  for (const one of SWITCHES) v8.setFlagsFromString(one);
}

const SWITCHES = [
  "--enable-experimental-regexp-engine-on-excessive-backtracks",
  "--regexp-backtracks-before-fallback=200",
  "--enable-experimental-regexp-engine",
];
