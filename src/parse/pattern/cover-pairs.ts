/**
 * Chooses few combinations of options that together contain each pair of options of two positions. All combinations
 * would be too many, such as a million for 20 optional parts. Pure.
 */

/**
 * Returns combinations as an option index for each position, at most `limit` of them; the first is the first option
 * everywhere. `sizes` are the numbers of options of each position, at least 1.
 */
export function coverPairs(
  sizes: readonly number[],
  limit: number,
): readonly (readonly number[])[] {
  const several = sizes.filter((size) => size > 1);
  if (several.length === 0) return [sizes.map(() => 0)];
  // Add a position with one option, so that every option is in a pair even if no other position has several.
  return combine([1, ...several], limit).map((combination) => {
    let next = 1;
    return sizes.map((size) => (size > 1 ? (combination[next++] ?? 0) : 0));
  });
}

/**
 * Combines greedily: starts with a missing pair, then takes at each other position the option that adds the most pairs.
 */
function combine(sizes: readonly number[], limit: number): readonly (readonly number[])[] {
  // Number the options through all positions.
  const positionOf = sizes.flatMap((size, position) => new Array<number>(size).fill(position));
  const options = positionOf.map((_, option) => option);
  const optionsAt = sizes.map((_, position) =>
    options.filter((one) => positionOf[one] === position),
  );
  const idOf = (one: number, two: number): number =>
    Math.min(one, two) * options.length + Math.max(one, two);
  const missing = new Map(
    options.flatMap((one) =>
      options
        .filter((two) => one < two && positionOf[one] !== positionOf[two])
        .map((two) => [idOf(one, two), [one, two]] as const),
    ),
  );
  const combinations: (readonly number[])[] = [];
  while (missing.size > 0 && combinations.length < limit) {
    const chosen: number[] = [...(missing.values().next().value ?? [])];
    const gain = (option: number): number =>
      chosen.filter((other) => missing.has(idOf(option, other))).length;
    for (const candidates of optionsAt) {
      if (candidates.some((option) => chosen.includes(option))) continue;
      const gains = candidates.map(gain);
      chosen.push(candidates[gains.indexOf(Math.max(...gains))] ?? 0);
    }
    for (const one of chosen) for (const two of chosen) missing.delete(idOf(one, two));
    combinations.push(
      optionsAt.map((candidates) => candidates.findIndex((option) => chosen.includes(option))),
    );
  }
  return combinations;
}
