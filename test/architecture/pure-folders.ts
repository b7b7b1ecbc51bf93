/** Pure folders have no clock, I/O, randomness or logging, and unit tests for their branches. */
export const PURE_FOLDERS: readonly string[] = [
  "domain",
  "telemetry",
  "parse",
  "detect",
  "health/judge",
  "health/drift",
  "notify/services",
];
