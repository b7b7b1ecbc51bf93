/**
 * Marks a transaction as ours with an element that lives for a second, in a set that no rule uses. A monitor shows it,
 * so a transaction with only the mark proves that the monitor works. Nothing is deleted, because after a deletion `nft`
 * waits 12 ms for packets in flight before it exits.
 */

export const MARK_SET = "own_mark";

/** Returns the commands to append to each transaction. They create a missing table or set. */
export function createMark(table: string): () => string {
  const set = `inet ${table} ${MARK_SET}`;
  // The kernel reports no change for an existing element, so each mark differs.
  let next = Math.floor(Math.random() * 0x1_0000_0000);
  return () => {
    next = (next + 1) % 0x1_0000_0000;
    return `add table inet ${table}
add set ${set} { type mark; flags timeout; }
add element ${set} { 0x${next.toString(16)} timeout 1s }
`;
  };
}
