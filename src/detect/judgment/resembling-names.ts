/**
 * Tells whether two user names may be one, mistyped: they are equal without one character of each, regardless of case and
 * of a domain (`alice@example.org`, `EXAMPLE\alice`). Names of fewer than 3 characters only resemble themselves, and those
 * with one more. Only the first 32 characters count.
 */
import { detachString } from "../../domain/detach-string.ts";
import { hashOf } from "./decaying-scores.ts";
import { trimOldest } from "./trim-oldest.ts";

const MAX_LENGTH = 32;
const MIN_LENGTH = 3;
/** Number of names whose variants are kept, and the longest of them. */
const MAX_KEPT = 256;
const MAX_KEPT_LENGTH = 64;

/**
 * Returns hashes of the name and of the name without each of its characters. Names that resemble each other share one;
 * so do others, with a probability of 33 × 33 in 2³².
 */
export function variantsOf(name: string): readonly number[] {
  const plain = plainName(name).slice(0, MAX_LENGTH);
  const variants = [hashOf(plain)];
  if (plain.length < MIN_LENGTH) return variants;
  for (let i = 0; i < plain.length; i++) variants.push(hashOf(plain, i));
  return variants;
}

/** Returns the name without a domain, in lower case: many services take all these spellings for one account. */
export function plainName(name: string): string {
  const [user = ""] = name.slice(name.lastIndexOf("\\") + 1).split("@", 1);
  return user.toLowerCase();
}

/** Returns whether two lists have a variant in common. */
export function shareVariant(a: readonly number[], b: readonly number[]): boolean {
  return b.some((variant) => a.includes(variant));
}

/** Returns the variants of names. Keeps those of the last names, because attackers try the same ones again and again. */
export class NameVariants {
  readonly #known = new Map<string, readonly number[]>();

  of(name: string): readonly number[] {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const variants = variantsOf(name);
    if (name.length > MAX_KEPT_LENGTH) return variants;
    this.#known.set(detachString(name), variants);
    trimOldest(this.#known, MAX_KEPT);
    return variants;
  }
}
