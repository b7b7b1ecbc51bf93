/**
 * Finds `<NAME>` that is not a tag; fail2ban matches it literally. Reports it only if it resembles a tag of fail2ban or
 * a name that the filter defines, since a program may really log such text.
 */
import { didYouMean } from "../../domain/did-you-mean.ts";
import type { Problem } from "../../domain/problem.ts";

const TAGS = [
  "HOST",
  "ADDR",
  "IP4",
  "IP6",
  "DNS",
  "CIDR",
  "SUBNET",
  "SKIPLINES",
  "F-ID/",
  "F-PORT/",
];
/** A possible tag; excludes group names, `(?P<name>`. */
const TAG = /(?<!\(\?P?)<(?<name>[A-Za-z_][\w./-]*)>/g;

export interface TagSearch {
  readonly key: string;
  readonly text: string;
  readonly place: { readonly path: string; readonly line?: number };
  /** Names the filter defines. */
  readonly names: Iterable<string>;
}

export function findUnknownTags({ key, text, place, names }: TagSearch): readonly Problem[] {
  const known = [...TAGS, ...names];
  const found = new Set([...text.matchAll(TAG)].map(({ groups }) => groups?.["name"] ?? ""));
  return [...found].flatMap((name): readonly Problem[] => {
    if (TAGS.includes(name) || /^F-[A-Z0-9_-]+\/?$/.test(name)) return [];
    const meant = didYouMean(name, known);
    if (meant === undefined) return [];
    const hint = "nothing replaces it, so it is taken literally";
    return [{ ...place, key, got: `<${name}>`, expected: `<${meant}>`, hint }];
  });
}
