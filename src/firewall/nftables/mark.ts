/**
 * The mark that makes a transaction recognizable as ours: an element that lives for a second, in a set that no rule
 * looks at. A monitor shows it, so a transaction of nothing but the mark proves that the monitor sees. Nothing is
 * deleted: after a deletion an ending `nft` waits 12 ms for packets under way.
 */

export const MARK_SET = "own_mark";

/** Gives what to put at the end of each transaction. Makes table and set where they are missing. */
export function createMark(table: string): () => string {
  const set = `inet ${table} ${MARK_SET}`;
  // Adding one that is still there would show nothing, so each is another.
  let next = Math.floor(Math.random() * 0x1_0000_0000);
  return () => {
    next = (next + 1) % 0x1_0000_0000;
    return `add table inet ${table}
add set ${set} { type mark; flags timeout; }
add element ${set} { 0x${next.toString(16)} timeout 1s }
`;
  };
}
