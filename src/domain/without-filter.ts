/** Services for which people look and that have no filter, because nothing that they log names who failed. */

/** By lower-case name: the reason. */
export const WITHOUT_FILTER: ReadonlyMap<string, string> = new Map([
  [
    "wireguard",
    "WireGuard answers only who has a configured key, and logs nothing about others; nothing can be guessed",
  ],
]);

/** Returns why a service has no filter; undefined: not known. */
export function whyWithoutFilter(name: string): string | undefined {
  return WITHOUT_FILTER.get(name.toLowerCase());
}
