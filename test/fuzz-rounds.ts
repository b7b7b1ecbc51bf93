/**
 * Decides how many generated or listed cases a property test or fuzzer runs, and from which seed.
 * An ordinary run has a few cases, always the same; FUZZ_FACTOR multiplies them (`npm run test:long`: 100) and draws
 * new ones each time, unless FUZZ_SEED repeats a run.
 */
import { createRandom } from "../bench/random.ts";

const FIXED_SEED = 20_261_130;

/** The number of cases for `usual` ones in an ordinary run. */
export function fuzzCount(usual: number): number {
  return Math.ceil(usual * (readPositive("FUZZ_FACTOR") ?? 1));
}

/** undefined: the generator chooses a seed, and reports it when a case fails. */
export function fuzzSeed(): number | undefined {
  const seed = process.env["FUZZ_SEED"];
  if (seed !== undefined) return Number(seed);
  return readPositive("FUZZ_FACTOR") === undefined ? FIXED_SEED : undefined;
}

/** Parameters for a property of fast-check. */
export function fuzzRuns(usual: number): { readonly numRuns: number; readonly seed?: number } {
  const seed = fuzzSeed();
  return { numRuns: fuzzCount(usual), ...(seed === undefined ? {} : { seed }) };
}

/** A sample of `usual` cases in their order; all cases in a long run. */
export function fuzzSample<T>(cases: readonly T[], usual: number): readonly T[] {
  const random = createRandom(fuzzSeed() ?? Date.now());
  const left = cases.map((_, i) => i);
  const chosen = new Set<number>();
  for (let n = Math.min(fuzzCount(usual), cases.length); n > 0; n--)
    for (const one of left.splice(random.below(left.length), 1)) chosen.add(one);
  return cases.filter((_, i) => chosen.has(i));
}

function readPositive(name: string): number | undefined {
  const value = Number(process.env[name] ?? "");
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
