/**
 * Tells whether two user names may be one, mistyped: they are equal without one character of each, regardless of case and
 * of a domain after "@". Names of fewer than 3 characters only resemble themselves. Only the first 32 characters count.
 */
import { hashOf } from "./decaying-scores.ts";

const MAX_LENGTH = 32;
const MIN_LENGTH = 3;

/**
 * Returns hashes of the name and of the name without each of its characters. Names that resemble each other share one;
 * so do others, with a probability of 33 × 33 in 2³².
 */
export function variantsOf(name: string): readonly number[] {
  const plain = (name.split("@", 1)[0] ?? "").toLowerCase().slice(0, MAX_LENGTH);
  const variants = [hashOf(plain)];
  if (plain.length < MIN_LENGTH) return variants;
  for (let i = 0; i < plain.length; i++) variants.push(hashOf(plain, i));
  return variants;
}

export function resembles(a: string, b: string): boolean {
  const variants = variantsOf(a);
  return variantsOf(b).some((variant) => variants.includes(variant));
}
