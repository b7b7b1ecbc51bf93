/**
 * Finds one cycle in a graph in linear time. Takes edges; returns the nodes of the cycle, with the first one repeated
 * at the end.
 */
export function findCycle(
  edges: ReadonlyMap<string, readonly string[]>,
): readonly string[] | undefined {
  const finished = new Set<string>();
  const trail: string[] = [];

  function walk(node: string): readonly string[] | undefined {
    if (finished.has(node)) return undefined;
    const start = trail.indexOf(node);
    if (start >= 0) return [...trail.slice(start), node];
    trail.push(node);
    for (const next of edges.get(node) ?? []) {
      const cycle = walk(next);
      if (cycle !== undefined) return cycle;
    }
    trail.pop();
    finished.add(node);
    return undefined;
  }

  for (const node of edges.keys()) {
    const cycle = walk(node);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
