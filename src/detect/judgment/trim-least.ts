/**
 * Keeps a map bounded by what its entries are worth, so that entries which an attacker can make on one day displace none
 * that took days: when it has more than `limit`, the sixteenth with the lowest values is deleted, of equals those set
 * longest ago. The eighth that was set last stays in any case, or the map could never learn anything new.
 */
export function trimLeast<K, V>(
  map: Map<K, V>,
  limit: number,
  valueOf: (value: V) => number,
): void {
  if (map.size <= limit) return;
  const older = [...map].slice(0, map.size - Math.floor(limit / 8));
  const sorted = older.toSorted(([, a], [, b]) => valueOf(a) - valueOf(b));
  for (const [key] of sorted.slice(0, Math.ceil(limit / 16))) map.delete(key);
}
