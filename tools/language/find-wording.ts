/** Finds British spellings and replaced phrases in a text. */

export interface Wording {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  /** What to write instead. */
  readonly better: string;
}

/** Stems in British spelling, as they occur inside identifiers too, and the American ones. */
const SPELLING: readonly (readonly [RegExp, string])[] = [
  [/offence/giu, "offense"],
  [/recognis/giu, "recogniz"],
  [/authoris/giu, "authoriz"],
  [/organis/giu, "organiz"],
  [/initialis/giu, "initializ"],
  [/normalis/giu, "normaliz"],
  [/serialis/giu, "serializ"],
  [/summaris/giu, "summariz"],
  [/prioritis|minimis|maximis|optimis|synchronis|categoris/giu, "-iz-"],
  [/behaviour/giu, "behavior"],
  [/colour/giu, "color"],
  [/neighbour/giu, "neighbor"],
  [/favour/giu, "favor"],
  [/honour/giu, "honor"],
  [/centre/giu, "center"],
  [/catalogue/giu, "catalog"],
  [/judgement/giu, "judgment"],
  [/defence/giu, "defense"],
  [/licence/giu, "license"],
  [/analyse(?=[dsr]?\b)/giu, "analyze"],
  [/cancelled|cancelling/giu, "canceled, canceling"],
  [/labelled|labelling/giu, "labeled, labeling"],
  [/\bwhilst\b/giu, "while"],
  [/\btowards\b/giu, "toward"],
];

const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/\bof its own here\b/giu, "the plain statement"],
  [/\btried itself\b/giu, "self-test"],
  [/\bas they use to\b/giu, "at the usual rate"],
  [/\bthe house\b/giu, "layout, module"],
  [/\bis no length of time\b/giu, "invalid duration"],
];

/** Facts of others: a line that quotes them carries this mark. */
const QUOTED = "wording: quoted";

export function findWording(text: string): readonly Wording[] {
  const found: Wording[] = [];
  for (const [index, content] of text.split("\n").entries()) {
    if (content.includes(QUOTED)) continue;
    for (const [pattern, better] of [...SPELLING, ...PHRASES]) {
      for (const [match] of content.matchAll(pattern)) {
        found.push({ line: index + 1, text: match, better });
      }
    }
  }
  return found;
}
