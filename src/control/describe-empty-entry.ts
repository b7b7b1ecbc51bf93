/** Describes an entry of `ignoreip` that never yielded an address, in one sentence. */
export function describeEmptyEntry({
  entry,
  reason,
}: {
  readonly entry: string;
  readonly reason: string;
}): string {
  return `ignoreip ${entry} exempts no address: ${reason}`;
}
