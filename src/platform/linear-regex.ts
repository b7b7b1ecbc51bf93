import v8 from "node:v8";

/**
 * Bounds every regular expression of the process: V8 switches from its backtracking engine to its linear one when a
 * match backtracks too often, for each expression the linear engine can run. Must run before the first is compiled.
 * The "l" flag, which refuses all others, comes with the second switch.
 */
export function enableLinearRegex(): void {
  v8.setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");
  v8.setFlagsFromString("--enable-experimental-regexp-engine");
}
