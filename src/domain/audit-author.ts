/** Names in the audit for what nobody ordered. */

/** The daemon itself. */
export const DAEMON = "daemon";
/** The daemon, in a self-test. */
export const CANARY_DAEMON = "daemon (canary)";

/** Returns whether a person or another program did it. */
export function isByHand(who: string): boolean {
  return who !== DAEMON && who !== CANARY_DAEMON;
}
