/**
 * Builds an automaton for the text before the first occurrence of a literal: Knuth, Morris and Pratt's, without the
 * transition that completes the literal. Writes it as a regular expression without lookaround, and as steps.
 */
import { escapeLiteral } from "../route/literal-scan.ts";

/** A transition on one of `chars`, or (`isOther`) on any character without another transition. */
export interface Transition {
  readonly chars: string;
  readonly isOther: boolean;
  readonly to: number;
}

export interface SearchState {
  /**
   * Whether the text may end in this state, because the literal may follow without an earlier overlapping occurrence.
   */
  readonly mayEnd: boolean;
  readonly transitions: readonly Transition[];
}

/** Creates the states. In state n the text ends with the first n characters of the literal, and with no more. */
export function searchStates(literal: string): readonly SearchState[] {
  const chars = [...new Set(literal.split(""))];
  return literal.split("").map((_, state): SearchState => {
    const read = literal.slice(0, state);
    const targets = new Map<number, string>();
    for (const char of chars) {
      if (char === literal[state] && state === literal.length - 1) continue;
      const to = longestOverlap(read + char, literal);
      if (to > 0) targets.set(to, (targets.get(to) ?? "") + char);
    }
    const known = [...targets].map(([to, text]) => ({ chars: text, isOther: false, to }));
    const last = state === literal.length - 1 ? (literal[state] ?? "") : "";
    const excluded = known.map((one) => one.chars).join("") + last;
    const other = { chars: excluded, isOther: true, to: 0 };
    const mayEnd = (read + literal).indexOf(literal) === state;
    return { mayEnd, transitions: [...known, other] };
  });
}

/** Returns the length of the longest end of the text with which the literal begins. */
function longestOverlap(text: string, literal: string): number {
  for (let length = text.length; length > 0; length--)
    if (literal.startsWith(text.slice(-length))) return length;
  return 0;
}

/** Maximum length of the expression. A literal that repeats itself in many ways needs a long one. */
export const MAX_SOURCE = 8000;

/**
 * Writes an expression for exactly the texts that the literal can follow for the first time. It excludes the literal
 * itself.
 */
export function beforeFirst(literal: string): string {
  const states = searchStates(literal);
  // Eliminate states from the last to the first: `back` leads back from later ones, `end` to the end of the text.
  let back: ReadonlyMap<number, string> = new Map();
  let end: string | undefined;
  for (let state = states.length - 1; state >= 0; state--) {
    const { mayEnd = false, transitions = [] } = states[state] ?? {};
    const ways = new Map<number, readonly string[]>();
    const add = (to: number, source: string): void => {
      ways.set(to, [...(ways.get(to) ?? []), source]);
    };
    for (const { chars, isOther, to } of transitions)
      if (to <= state) add(to, classOf(chars, isOther));
    const next = transitions.find(({ to }) => to === state + 1);
    const forward = next && classOf(next.chars, next.isOther);
    if (forward !== undefined) for (const [to, source] of back) add(to, forward + source);
    const loop = loopSource(ways.get(state) ?? []);
    ways.delete(state);
    const onward = forward === undefined || end === undefined ? undefined : forward + end;
    if (onward === undefined) end = mayEnd ? loop : undefined;
    else end = loop + (mayEnd ? `(?:${onward})?` : onward);
    back = new Map([...ways].map(([to, sources]) => [to, loop + anyOf(sources)]));
    if ((end ?? "").length > MAX_SOURCE) break;
  }
  return end ?? "";
}

function anyOf(sources: readonly string[]): string {
  return sources.length === 1 ? (sources[0] ?? "") : `(?:${sources.join("|")})`;
}

/** Writes a loop. The most frequent character comes first, so that it needs no decision. */
function loopSource(sources: readonly string[]): string {
  const [plain, ...others] = sources.toSorted((a, b) => a.length - b.length);
  if (plain === undefined) return "";
  const repeated = isClass(plain) ? `${plain}*` : `(?:${plain})*`;
  return others.length === 0 ? repeated : `${repeated}(?:${anyOf(others)}${repeated})*`;
}

function isClass(source: string): boolean {
  return /^(?:\[(?:[^\]\\]|\\.)*\]|\\?.)$/.test(source);
}

/** Writes a class of the characters, or of all others of the line. */
export function classOf(chars: string, isOther: boolean): string {
  if (!isOther && chars.length === 1) return escapeLiteral(chars);
  const escaped = chars.replace(/[\\\]^-]/g, "\\$&");
  return isOther ? `[^${escaped}\\n]` : `[${escaped}]`;
}
