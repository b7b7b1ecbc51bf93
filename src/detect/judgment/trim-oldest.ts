/**
 * Keeps a map bounded: when it has more than `limit` entries, the oldest sixteenth is deleted. One at a time would be
 * slow, because a search for the first entry passes the places of all that were deleted.
 */
export function trimOldest<K>(map: Map<K, unknown>, limit: number): void {
  if (map.size <= limit) return;
  let left = Math.ceil(limit / 16);
  for (const key of map.keys()) {
    map.delete(key);
    left--;
    if (left === 0) return;
  }
}
