/** Finds British spellings and replaced phrases in a file. */

export interface Wording {
  /** Line number, from 1. */
  readonly line: number;
  readonly text: string;
  /** The suggested replacement. */
  readonly better: string;
}

/** Stems in British spelling, and the American ones; they also match inside identifiers. */
const SPELLING: readonly (readonly [RegExp, string])[] = [
  [/offence/giu, "offense"],
  [/recognis/giu, "recogniz"],
  [/authoris/giu, "authoriz"],
  [/organis/giu, "organiz"],
  [/initialis/giu, "initializ"],
  [/normalis/giu, "normaliz"],
  [/serialis/giu, "serializ"],
  [/summaris/giu, "summariz"],
  [/prioritis|minimis|maximis|optimis(?!tic|m)|synchronis|categoris/giu, "-iz-"],
  [/behaviour/giu, "behavior"],
  [/colour/giu, "color"],
  [/neighbour/giu, "neighbor"],
  [/favour/giu, "favor"],
  [/honour/giu, "honor"],
  [/centre(?!on)/giu, "center"],
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

/** Phrases that no other project uses, and the field's own terms. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/\ball the same\b/giu, "anyway, still"],
  [/\bat most so many\b/giu, "maximum number of"],
  [/\bof its own here\b/giu, "the plain statement"],
  [/\btried itself\b/giu, "self-test"],
  [/\bas they use to\b/giu, "at the usual rate"],
  [/\bthe house\b/giu, "layout, module"],
  [/\bis no length of time\b/giu, "invalid duration"],
  [/\b(?:is|are|was|were|be|being) told\b/giu, "reported, distinguished"],
  [/\btells? of\b/giu, "report, show, identify"],
  [/\banew\b/giu, "again, re-create, restart, reload"],
  [/\bbans? whom\b/giu, "bans the addresses that"],
  [/\bwhoever\b/giu, "the user, client or program"],
  [/\bfiles of our own\b/giu, "native configuration"],
  [/\bgo(?:es|ing)? on\b/giu, "continue, resume, keep"],
  [/\bit holds\b/giu, "the plain statement"],
  [/\bof (?:its|his|her|their|our) own\b/giu, "its own, a separate"],
  [/\bwhat (?:stands|is there)\b/giu, "the text before, what exists"],
  [/\bis there (?:to|for)\b/giu, "the plain statement"],
  [/\bsomebody who\b/giu, "a user, an address, a program that"],
  [/\bthere is no such\b/giu, "it does not exist"],
  [/\bthere is none\b/giu, "it does not exist, without one"],
  [/\bstands? (?:in for|behind)\b/giu, "replace, follow"],
  [/\b(?:is|are) not there\b/giu, "missing, does not exist, not installed"],
  [/\band nothing of it\b/giu, "none of it"],
  [/\bfor ever\b/giu, "forever, permanent"],
  [/\bdealt with\b/giu, "process, handle"],
  [/\bpassed over\b/giu, "skip, ignore"],
  [/\bunspent\b/giu, "unconsumed"],
  [/\bnobody's line\b/giu, "a line without a known sender"],
  [/\bheard of\b/giu, "the last line, the newest"],
  [/\bits own affair\b/giu, "the plain statement"],
  [/\bat once\b/giu, "immediately, at the same time, together"],
  [/\bmeanwhile\b/giu, "name the period: during the restart, in between"],
  [/\bnobody knows\b/giu, "unknown"],
  [/\bfor good\b/giu, "permanently"],
  [/\bnothing of it\b/giu, "no part of it, none"],
  [/\b(?:is|are|was|were) done with\b/giu, "ended, removed"],
  [/\bwhatever (?:becomes|became|comes) of\b/giu, "even if it fails"],
  [/\b(?:LONGEST|LARGEST|DEEPEST|SHORTEST)_[A-Z_]+\b/gu, "MAX_ or MIN_ and what it bounds"],
  [/\bMOST(?:_[A-Z]+)*\b/gu, "a name that says what it bounds: MAX_LINES"],
];

/** Marks a line that quotes other software and is exempt. */
const QUOTED = "wording: quoted";

export function findWording(text: string): readonly Wording[] {
  const found: Wording[] = [];
  const phrases = [...SPELLING, ...PHRASES];
  for (const [index, content] of text.split("\n").entries()) {
    if (content.includes(QUOTED)) continue;
    for (const [pattern, better] of phrases) {
      for (const [match] of content.matchAll(pattern)) {
        found.push({ line: index + 1, text: match, better });
      }
    }
  }
  return found;
}
