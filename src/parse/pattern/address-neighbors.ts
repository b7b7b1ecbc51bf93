/**
 * Determines what can be next to the address of a pattern. Considers every neighbor that optionals and alternatives
 * allow, and how far the address may extend because of it. "2001:db8::7:80" is one address to a pattern without a port,
 * so it must not be an address and a port to another pattern, branch or rule. Where a colon joins the address to a
 * possible group of it, only a certain end is accepted.
 */
import type { FieldPart, FieldType, PatternPart } from "./pattern.ts";

type Parts = readonly PatternPart[];

/** What can be next to a field: the first thing that cannot be part of an address, and what precedes it. */
export interface Edge {
  readonly beyond: FieldType | "skip" | "letters" | "other";
  /** The text between them, in reading order away from the field. */
  readonly run: string;
  /** For a number or name: whether the text before it could take a part of it, or leave more to it. */
  readonly isLoose?: boolean;
}
const START: Edge = { beyond: "other", run: "" };
const MAX_EDGES = 64;
const MAX_RUN = 8;

export interface Sides {
  readonly left: readonly Edge[];
  readonly right: readonly Edge[];
}

export const NOTHING_BESIDE: Sides = { left: [START], right: [START] };

export function isPeer({ name, type }: FieldPart): boolean {
  return (name === "ip" && (type === "ip" || type === "endpoint")) || name === "host";
}

export function hasPeer(part: PatternPart): boolean {
  switch (part.kind) {
    case "literal":
    case "skip":
      return false;
    case "field":
      return isPeer(part);
    case "optional":
      return part.parts.some(hasPeer);
    case "choice":
      return part.branches.some((branch) => branch.some(hasPeer));
  }
}

export function isField({ beyond }: Edge): boolean {
  return beyond !== "other" && beyond !== "letters";
}

/**
 * Returns the neighbors on both sides of `parts[at]`. Free text next to an address never touches it; if it is empty,
 * the part after it does.
 */
export function sidesOf(parts: Parts, at: number, outer: Sides): Sides {
  const part = parts[at];
  const isFree = (beside: PatternPart | undefined): boolean =>
    beside?.kind === "skip" && part?.kind === "field" && part.type === "ip" && isPeer(part);
  const [from, to] = [isFree(parts[at - 1]) ? at - 1 : at, isFree(parts[at + 1]) ? at + 2 : at + 1];
  return {
    left: edges(parts.slice(0, from), "left", outer.left),
    right: edges(parts.slice(to), "right", outer.right),
  };
}

/** Returns the neighbors next to the field. Passes the parts in the direction toward it. */
function edges(parts: Parts, side: "left" | "right", outer: readonly Edge[]): readonly Edge[] {
  const ordered = side === "left" ? parts : parts.toReversed();
  let known = outer;
  for (const part of ordered.slice(Math.max(0, ordered.findLastIndex(isBarrier))))
    known = distinct(pass(part, side, known));
  return known;
}

/** Returns whether what is beyond the part does not matter. It may matter beyond a number or a name. */
function isBarrier(part: PatternPart): boolean {
  if (part.kind === "literal") return /[^0-9A-Fa-f:.]/.test(part.text);
  if (part.kind === "field") return part.type !== "int" && part.type !== "name";
  return part.kind === "skip";
}

function pass(part: PatternPart, side: "left" | "right", known: readonly Edge[]): readonly Edge[] {
  switch (part.kind) {
    case "literal":
      return passLiteral(part.text, side, known);
    case "skip":
      return [{ beyond: "skip", run: "" }];
    case "field": {
      if (part.type === "quoted") return [START];
      const isLoose = known.some((edge) => isField(edge) || edge.run !== "");
      return [{ beyond: part.type, run: "", isLoose }];
    }
    case "optional":
      return [...known, ...edges(part.parts, side, known)];
    case "choice":
      return part.branches.flatMap((branch) => edges(branch, side, known));
  }
}

function passLiteral(
  text: string,
  side: "left" | "right",
  known: readonly Edge[],
): readonly Edge[] {
  const outward = side === "left" ? reversed(text) : text;
  const run = /^[0-9A-Fa-f:.]*/.exec(outward)?.[0] ?? "";
  if (run.length < outward.length) {
    const beyond = /[A-Za-z_]/.test(outward.charAt(run.length)) ? "letters" : "other";
    return [{ beyond, run: run.slice(0, MAX_RUN) }];
  }
  return known.map((edge) => ({ ...edge, run: (run + edge.run).slice(0, MAX_RUN) }));
}

export function reversed(text: string): string {
  return text.split("").reverse().join("");
}

function distinct(all: readonly Edge[]): readonly Edge[] {
  if (all.length < 2) return all;
  const byText = new Map(
    all.map((edge) => [`${edge.beyond} ${edge.isLoose ?? false} ${edge.run}`, edge]),
  );
  return [...byText.values()].slice(0, MAX_EDGES);
}

/**
 * Returns whether a longer address could begin there: "cafe:" before it, but neither "failed:" nor "IPv6:" nor
 * "::ffff:".
 */
export function joinsLeft({ beyond, run }: Edge): boolean {
  if (beyond === "int" || beyond === "name") return run.startsWith(":");
  return beyond !== "letters" && /^:[0-9A-Fa-f]{1,4}(?::|$)/.test(run) && !run.includes("::");
}

/** Returns whether a longer address could end there. */
export function joinsRight({ beyond, run }: Edge): boolean {
  if (beyond === "letters") return false;
  return /^:(?::|[0-9A-Fa-f]{1,4}(?:[:.]|$))/.test(run) || (beyond === "int" && run === ":");
}

/** Returns the same parts with the joints of each peer. */
export function withJoints(parts: Parts, outer: Sides = NOTHING_BESIDE): Parts {
  return parts.map((part, at): PatternPart => {
    if (!hasPeer(part)) return part;
    const sides = sidesOf(parts, at, outer);
    switch (part.kind) {
      case "literal":
      case "skip":
        return part;
      case "field": {
        const { left, right } = sides;
        const joints = { joinsLeft: left.some(joinsLeft), joinsRight: right.some(joinsRight) };
        return isPeer(part) ? { ...part, joints } : part;
      }
      case "optional":
        return { ...part, parts: withJoints(part.parts, sides) };
      case "choice":
        return { ...part, branches: part.branches.map((branch) => withJoints(branch, sides)) };
    }
  });
}
