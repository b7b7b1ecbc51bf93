/**
 * Forges lines from a sample as a hostile account name makes the service write them: the name contains parts of the
 * sample's own line with another address, and replaces the account in every place where the line repeats it.
 */
import type { FilterDefinition, RuleDefinition } from "../../domain/filter-definition.ts";
import { type Forgery, victimLike } from "../pattern/forge.ts";

/** Maximum number of positions at which a copy of the line begins or ends. */
const MAX_CUTS = 40;

/**
 * Forges lines from the samples of a rule. Not for structured lines, whose values are forged one by one because their
 * format escapes them.
 */
export function forgeNames(
  { id, recognize }: RuleDefinition,
  { samples, names_exclude = "" }: Pick<FilterDefinition, "samples" | "names_exclude">,
): readonly Forgery[] {
  if (recognize.kind === "record") return [];
  return samples.flatMap(({ line, expect }) => {
    if (expect.kind === "none" || expect.rule !== id) return [];
    const { ip, user } = expect;
    if (ip === undefined || user === undefined || user === "") return [];
    const places = wholePlaces(line, user);
    const names = places
      .flatMap((at) => hostileNames(line.slice(0, at), line.slice(at + user.length), ip))
      .map((name) => without(name, names_exclude));
    const lines = [...new Set(names)].flatMap((name) => [
      replaceAt(line, user, places, name),
      ...places.map((place) => replaceAt(line, user, [place], name)),
    ]);
    return [...new Set(lines)].map((forged) => ({ line: forged, truth: ip, field: "{user}" }));
  });
}

/** Returns the positions of the account in the line, except as a part of a longer word. */
function wholePlaces(line: string, user: string): readonly number[] {
  const places: number[] = [];
  for (let at = line.indexOf(user); at >= 0; at = line.indexOf(user, at + user.length)) {
    const neighbors =
      line.slice(Math.max(0, at - 1), at) + line.slice(at + user.length).slice(0, 1);
    if (!/[\p{L}\p{N}]/u.test(neighbors)) places.push(at);
  }
  return places;
}

function replaceAt(line: string, user: string, places: readonly number[], name: string): string {
  let [forged, from] = ["", 0];
  for (const at of places) {
    forged += line.slice(from, at) + name;
    from = at + user.length;
  }
  return forged + line.slice(from);
}

/** Returns the text after the account up to each cut, the text before it from each cut, and both. */
function hostileNames(before: string, after: string, ip: string): readonly string[] {
  const victim = victimLike(ip);
  const head = before.replaceAll(ip, victim);
  const tail = after.replaceAll(ip, victim);
  const tails = cuts(tail).slice(0, MAX_CUTS);
  const heads = cuts(head).slice(-MAX_CUTS);
  const names = [
    ...tails.flatMap((end) => [`a${tail.slice(0, end)}`, `a${tail.slice(0, end)}b`]),
    ...heads.flatMap((start) => {
      const own = head.slice(start);
      return [`${own}a`, `x${own}a${tail}`, `x${own}a${tail} b`];
    }),
    `${head}a${tail}`,
  ];
  return names.filter((name) => name.includes(victim));
}

function without(text: string, chars: string): string {
  return Array.from(text)
    .filter((char) => !chars.includes(char))
    .join("");
}

/** Returns the positions after each word or separator. */
function cuts(text: string): readonly number[] {
  const word = /[\p{L}\p{N}]/u;
  const all = Array.from({ length: text.length + 1 }, (_, at) => at);
  return all.filter((at) => !word.test(text[at - 1] ?? " ") || !word.test(text[at] ?? " "));
}
