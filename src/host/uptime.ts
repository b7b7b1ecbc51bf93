/**
 * Returns the milliseconds since the machine started (CLOCK_MONOTONIC), the same in all processes. A step of the wall
 * clock does not change it.
 */
export function readUptime(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
