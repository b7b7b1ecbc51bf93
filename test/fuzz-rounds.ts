/** How many rounds of generated cases: few with every test, as many as FUZZ_ROUNDS says for whoever looks for more. */
export function asRounds(usual: number): number {
  const told = Number(process.env["FUZZ_ROUNDS"] ?? "");
  return Number.isSafeInteger(told) && told > 0 ? told : usual;
}

/**
 * The same cases with every test, so that a change fails only for what it did itself; other ones with each long run,
 * unless FUZZ_SEED repeats one.
 */
export function fuzzSeed(): { readonly seed?: number } {
  const { FUZZ_SEED: told, FUZZ_ROUNDS: rounds } = process.env;
  if (told !== undefined) return { seed: Number(told) };
  return rounds === undefined ? { seed: 20_261_130 } : {};
}
