/**
 * Of the flags Node was started with, those that the launcher gives (tools/with-node.sh): a daemon started here runs as
 * users start it, and hears nothing of what a test runner was told.
 */
export function launcherFlags(flags: readonly string[]): readonly string[] {
  return [...new Set(flags)].filter((flag) => GIVEN.test(flag));
}

const GIVEN =
  /^--(?:enable-experimental-regexp-engine(?:-on-excessive-backtracks)?|regexp-backtracks-before-fallback=\d+|max-semi-space-size=\d+|preserve-symlinks|no-regexp-tier-up)$/;
