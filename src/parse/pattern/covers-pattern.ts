/**
 * Decides whether a pattern matches every message that another one matches, as far as their syntax shows. true is
 * certain, false means unknown. Runs the first as an automaton over the parts of the second: a field is matched by one
 * that accepts all its values. Pure.
 */
import { isBlankCode } from "../characters.ts";
import { isPeer, withJoints } from "./address-neighbors.ts";
import type { FieldPart, PatternPart } from "./pattern.ts";

/** One alternative of a pattern: single characters, fields and free text. */
type Token =
  | { readonly kind: "char"; readonly char: string }
  | {
      readonly kind: "field";
      readonly type: FieldPart["type"];
      readonly stop: string;
      readonly isPeer: boolean;
      /** Describes the neighbor that excludes some addresses; "": none does. */
      readonly joint: string;
    }
  /** Free text. An adjacent address restricts what it matches: see address-source.ts. */
  | { readonly kind: "skip"; readonly afterPeer: boolean; readonly beforePeer: boolean };

export function coversPattern(
  wide: readonly PatternPart[],
  narrow: readonly PatternPart[],
): boolean {
  const [all, some] = [wide, narrow].map((parts) => waysThrough(withJoints(parts)));
  if (all === undefined || some === undefined) return false;
  const bounded = all.map(boundByNeighbors);
  return some.every((one) => bounded.some((way) => coversWay(way, one)));
}

/** Maximum number of alternatives. With more, the comparison would take long, so nothing is certain. */
const MAX_WAYS = 64;

function waysThrough(parts: readonly PatternPart[]): readonly (readonly Token[])[] | undefined {
  let ways: readonly (readonly Token[])[] = [[]];
  for (const at of parts.keys()) {
    const next = waysOf(parts, at);
    if (next === undefined || ways.length * next.length > MAX_WAYS) return undefined;
    ways = ways.flatMap((way) => next.map((more) => [...way, ...more]));
  }
  return ways;
}

function waysOf(
  parts: readonly PatternPart[],
  at: number,
): readonly (readonly Token[])[] | undefined {
  const part = parts[at];
  switch (part?.kind) {
    case undefined:
      return [[]];
    case "literal":
      return [part.text.split("").map((char) => ({ kind: "char", char }))];
    case "skip": {
      const [afterPeer, beforePeer] = [isAddress(parts[at - 1]), isAddress(parts[at + 1])];
      return [[{ kind: "skip", afterPeer, beforePeer }]];
    }
    case "field": {
      const { type, stop } = part;
      return [[{ kind: "field", type, stop, isPeer: isPeer(part), joint: jointOf(parts, at) }]];
    }
    case "optional": {
      const inner = waysThrough(part.parts);
      return inner === undefined ? undefined : [...inner, []];
    }
    case "choice": {
      const branches = part.branches.map(waysThrough);
      return branches.includes(undefined) ? undefined : branches.flatMap((one) => one ?? []);
    }
  }
}

/** Describes the neighbors of a peer. Equal texts exclude the same addresses; UNLIKE equals no other. */
function jointOf(parts: readonly PatternPart[], at: number): string {
  const [before, part, after, beyond] = [at - 1, at, at + 1, at + 2].map((i) => parts[i]);
  const joints = part?.kind === "field" ? part.joints : undefined;
  if (joints === undefined || !(joints.joinsLeft || joints.joinsRight)) return "";
  if (!isAddress(part) || before?.kind === "skip" || after?.kind === "skip") return UNLIKE;
  const isColon = after?.kind === "literal" && after.text === ":";
  const hasPort = isColon && beyond?.kind === "field" && beyond.type === "int";
  return `${joints.joinsLeft} ${joints.joinsRight} ${hasPort}`;
}

const UNLIKE = "unlike";

function isAddress(part: PatternPart | undefined): boolean {
  return part?.kind === "field" && part.type === "ip" && isPeer(part);
}

/** Notes whether free text is next to a peer's address, which restricts what it matches. */
function boundByNeighbors(way: readonly Token[]): readonly Token[] {
  const isPeerToken = (token: Token | undefined): boolean =>
    token?.kind === "field" && token.type === "ip" && token.isPeer;
  return way.map((token, i) =>
    token.kind === "skip"
      ? { ...token, afterPeer: isPeerToken(way[i - 1]), beforePeer: isPeerToken(way[i + 1]) }
      : token,
  );
}

/** Progress of a token of the wide pattern: NOTHING matched, DONE (it may end here), HALF (it may not end here). */
const NOTHING = 0;
const DONE = 1;
const HALF = 2;
const STATES = 3;

function coversWay(wide: readonly Token[], narrow: readonly Token[]): boolean {
  let states = closureOf([NOTHING], wide);
  for (const token of narrow) {
    const next = [...states].flatMap((state) => {
      const at = Math.floor(state / STATES);
      const after = take(wide[at], state % STATES, token);
      return after === undefined ? [] : [at * STATES + after];
    });
    if (next.length === 0) return false;
    states = closureOf(next, wide);
  }
  return states.has(wide.length * STATES);
}

/** Adds the states that are reached by continuing to the next token. */
function closureOf(states: readonly number[], wide: readonly Token[]): ReadonlySet<number> {
  const all = new Set(states);
  // The loop also visits states that are added during it.
  for (const state of all) {
    const token = wide[Math.floor(state / STATES)];
    const progress = state % STATES;
    if (token !== undefined && (progress === DONE || (progress === NOTHING && mayBeEmpty(token))))
      all.add((Math.floor(state / STATES) + 1) * STATES);
  }
  return all;
}

function mayBeEmpty(token: Token): boolean {
  return (
    token.kind === "skip" ||
    (token.kind === "field" && /^(?:text|name|short|unescaped)$/.test(token.type))
  );
}

/** Returns the progress of a token after it also matches another one; undefined if it may not match all of that. */
function take(wide: Token | undefined, progress: number, token: Token): number | undefined {
  switch (wide?.kind) {
    case undefined:
      return undefined;
    case "char":
      return progress === NOTHING && token.kind === "char" && token.char === wide.char
        ? DONE
        : undefined;
    case "field":
      return mayHold(wide, token) && takeField(wide, progress, token) ? DONE : undefined;
    case "skip":
      return takeBeside(wide, progress, token);
  }
}

/**
 * Returns whether a field may match all values of a token. A peer's address is valid, and one with a joint excludes
 * some.
 */
function mayHold(wide: Field, token: Token): boolean {
  if (wide.type !== "ip" && wide.type !== "endpoint") return wide.joint === "";
  if (token.kind !== "field" || (wide.isPeer && !token.isPeer)) return false;
  return wide.joint === "" || (wide.joint === token.joint && wide.joint !== UNLIKE);
}

type Field = Extract<Token, { readonly kind: "field" }>;

function takeField({ type, stop }: Field, progress: number, token: Token): boolean {
  const isField = (...types: readonly FieldPart["type"][]): boolean =>
    token.kind === "field" && types.includes(token.type);
  const char = token.kind === "char" ? token.char : undefined;
  switch (type) {
    case "text":
      return true;
    case "name":
      return char === undefined ? isField("name", "int") : char !== ":";
    case "word":
    case "host":
      return char === undefined
        ? isField("word", "host", "int", "ip")
        : !isBlankCode(char.charCodeAt(0));
    case "int":
      return char === undefined ? isField("int") : /[0-9]/.test(char);
    case "until":
      if (char !== undefined) return !stop.includes(char);
      return (isField("int") && !/[0-9]/.test(stop)) || isUntil(token, stop);
    case "unescaped": {
      if (char !== undefined) return !stop.includes(char) && char !== "\\";
      if (isField("unescaped")) return excludes(token, stop);
      return (isField("int") && !/[0-9]/.test(stop)) || isUntil(token, `${stop}\\`);
    }
    case "short": {
      // A text without the literal's first character cannot contain the literal.
      const [first = ""] = stop;
      if (char !== undefined) return char !== first;
      if (token.kind === "field" && token.type === "short") return token.stop === stop;
      return (isField("int") && !/[0-9]/.test(first)) || isUntil(token, first);
    }
    case "ip":
    case "endpoint":
    case "quoted":
      return progress === NOTHING && isField(type);
  }
}

/** Returns whether a token is a field that contains none of these characters either. */
function isUntil(token: Token, excluded: string): boolean {
  return token.kind === "field" && token.type === "until" && excludes(token, excluded);
}

function excludes(token: Token, chars: string): boolean {
  return token.kind === "field" && chars.split("").every((char) => token.stop.includes(char));
}

type Skip = Extract<Token, { readonly kind: "skip" }>;

/**
 * Returns the progress of free text next to an address, which begins, or ends, with a character that cannot be part of
 * one.
 */
function takeBeside(wide: Skip, progress: number, token: Token): number | undefined {
  const isApart = token.kind === "char" && !/[0-9A-Za-z_.%:-]/.test(token.char);
  if (wide.afterPeer && wide.beforePeer) return undefined;
  if (wide.afterPeer && progress === NOTHING) {
    if (token.kind === "skip" && token.afterPeer) return NOTHING;
    return isApart ? DONE : undefined;
  }
  if (!wide.beforePeer) return DONE;
  if (token.kind === "skip" && token.beforePeer) return progress;
  return isApart ? DONE : HALF;
}
