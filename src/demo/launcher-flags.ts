/**
 * Selects the Node flags that the launcher (tools/with-node.sh) sets. A daemon started by a test then does not inherit
 * the test runner's flags.
 */
export function launcherFlags(flags: readonly string[]): readonly string[] {
  return [...new Set(flags)].filter((flag) => GIVEN.test(flag));
}

const GIVEN =
  /^--(?:enable-experimental-regexp-engine(?:-on-excessive-backtracks)?|regexp-backtracks-before-fallback=\d+|max-semi-space-size=\d+|invocation-count-for-maglev=\d+|initial-old-space-size=\d+|preserve-symlinks|no-regexp-tier-up)$/;
