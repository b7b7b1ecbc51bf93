/** Finds the known word closest to a mistyped one, if it is close enough. Bounded: words are cut at 64 characters. */
export function didYouMean(typed: string, known: Iterable<string>): string | undefined {
  const word = typed.slice(0, 64).toLowerCase();
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(word, candidate.slice(0, 64).toLowerCase());
    if (distance <= tolerance(word, candidate) && distance < (best?.distance ?? Infinity)) {
      best = { word: candidate, distance };
    }
  }
  return best?.word;
}

/** Formats the expected values for an error: every choice, unless a hint already names the likely one. */
export function expectChoice(
  what: string,
  { choices, hint }: { readonly choices: readonly string[]; readonly hint: string | undefined },
): string {
  if (hint !== undefined) return what;
  return choices.length === 0 ? `${what}, but none exists here` : `one of ${choices.join(", ")}`;
}

/** Returns how many edits are tolerated: a third of the longer word. "findtme" means findtime, "x" means nothing. */
function tolerance(typed: string, candidate: string): number {
  return Math.floor(Math.max(typed.length, candidate.length) / 3);
}

/** Counts insertions, deletions, substitutions and swaps of neighbors (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(
        costAt(row, j - 1) + 1,
        costAt(last, j) + 1,
        costAt(last, j - 1) + (same ? 0 : 1),
      );
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, costAt(beforeLast, j - 2) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return costAt(last, b.length);
}

function costAt(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
