/**
 * Refuses patterns in which nobody could say which part of the line is the address: two peers in one line, an address
 * that touches another field, or one that what stands beside it could belong to ("{ip}{?:{port}}": an IPv6 address goes
 * on with a colon too). Looks at every neighbor that optionals and alternatives can bring beside an address.
 */
import { type Result, fail, ok } from "../domain/result.ts";
import { alternativesOf, MAX_ALTERNATIVES } from "./expand-optionals.ts";
import type { FieldPart, FieldType, PatternPart } from "./pattern.ts";

type Parts = readonly PatternPart[];

export interface PatternProblem {
  readonly got: string;
  readonly expected: string;
  readonly hint?: string;
}

export function checkPattern(parts: Parts): Result<undefined, PatternProblem> {
  for (const name of ["ip", "host"]) {
    if (countFields(parts, name) > 1) return fail(twoPeers(name));
  }
  const alternatives = alternativesOf(parts);
  if (alternatives.length > MAX_ALTERNATIVES) return fail(TOO_MANY);
  if (!parts.some(hasPeer)) return ok(undefined);
  const all = { left: [START], right: [START] };
  // Written out, a port that may be missing would be in one alternative and missing in another.
  const wrong =
    problemIn(parts, all, wrongPort) ??
    alternatives.map((one) => problemIn(one, all, wrongNeighbor)).find(Boolean);
  return wrong === undefined ? ok(undefined) : fail(wrong);
}

function twoPeers(name: string): PatternProblem {
  return {
    got: `{${name}} twice in one line`,
    expected: "one peer",
    hint: `give the field that is not the peer another name, as in {server:${name}}`,
  };
}

const TOO_MANY: PatternProblem = {
  got: "many optional parts behind free text",
  expected: `at most ${MAX_ALTERNATIVES} ways to read the line`,
  hint: "write several patterns: line = [ … , … ]",
};

/** How many of them one line can have. */
function countFields(parts: Parts, name: string): number {
  let count = 0;
  for (const part of parts) count += countIn(part, name);
  return count;
}

function countIn(part: PatternPart, name: string): number {
  switch (part.kind) {
    case "literal":
    case "skip":
      return 0;
    case "field":
      return part.name === name ? 1 : 0;
    case "optional":
      return countFields(part.parts, name);
    case "choice":
      return Math.max(...part.branches.map((branch) => countFields(branch, name)));
  }
}

/** What can stand beside a field: the next thing that no address can hold, and what addresses can hold before that. */
interface Edge {
  readonly beyond: FieldType | "skip" | "other";
  /** As read away from the field. */
  readonly run: string;
}
const START: Edge = { beyond: "other", run: "" };
const MAX_EDGES = 64;
const MAX_RUN = 8;

interface Sides {
  readonly left: readonly Edge[];
  readonly right: readonly Edge[];
}

type Look = (field: FieldPart, sides: Sides) => PatternProblem | undefined;

function problemIn(parts: Parts, outer: Sides, look: Look): PatternProblem | undefined {
  const between = (from: number, to: number): Sides => ({
    left: edges(parts.slice(0, from), "left", outer.left),
    right: edges(parts.slice(to), "right", outer.right),
  });
  for (const [i, part] of parts.entries()) {
    if (!hasPeer(part)) continue;
    const inner =
      part.kind === "optional" ? [part.parts] : part.kind === "choice" ? part.branches : [];
    let wrong = inner
      .map((branch) => problemIn(branch, between(i, i + 1), look))
      .find((one) => one !== undefined);
    if (part.kind === "field" && isPeer(part)) {
      // Free text beside an address keeps off it; being empty, it lets what is beyond touch the address.
      const isFree = (beside: PatternPart | undefined): boolean =>
        beside?.kind === "skip" && part.type === "ip";
      const [from, to] = [isFree(parts[i - 1]) ? i - 1 : i, isFree(parts[i + 1]) ? i + 2 : i + 1];
      wrong = look(part, between(from, to));
    }
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function hasPeer(part: PatternPart): boolean {
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

const wrongNeighbor: Look = (field, { left, right }) =>
  wrongLeft(field, left) ?? wrongRight(field, right);

export function isPeer({ name, type }: FieldPart): boolean {
  return (name === "ip" && type === "ip") || name === "host";
}

/** Those that the parts, read towards the field, leave beside it. */
function edges(parts: Parts, side: "left" | "right", outer: readonly Edge[]): readonly Edge[] {
  const ordered = side === "left" ? parts : parts.toReversed();
  let known = outer;
  for (const part of ordered.slice(Math.max(0, ordered.findLastIndex(isBarrier))))
    known = distinct(pass(part, side, known));
  return known;
}

/** Whether what stands beyond it cannot matter. */
function isBarrier(part: PatternPart): boolean {
  if (part.kind === "literal") return /[^0-9A-Fa-f:.]/.test(part.text);
  return part.kind === "skip" || part.kind === "field";
}

function pass(part: PatternPart, side: "left" | "right", known: readonly Edge[]): readonly Edge[] {
  switch (part.kind) {
    case "literal":
      return passLiteral(part.text, side, known);
    case "skip":
      return [{ beyond: "skip", run: "" }];
    case "field":
      return [part.type === "quoted" ? START : { beyond: part.type, run: "" }];
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
  if (run.length < outward.length) return [{ beyond: "other", run: run.slice(0, MAX_RUN) }];
  return known.map((edge) => ({ ...edge, run: (run + edge.run).slice(0, MAX_RUN) }));
}

function reversed(text: string): string {
  return text.split("").reverse().join("");
}

function distinct(all: readonly Edge[]): readonly Edge[] {
  if (all.length < 2) return all;
  const byText = new Map(all.map((edge) => [`${edge.beyond} ${edge.run}`, edge]));
  return [...byText.values()].slice(0, MAX_EDGES);
}

function wrongLeft(field: FieldPart, left: readonly Edge[]): PatternProblem | undefined {
  const hint = "write the text that stands between them, as in {*} from {ip}";
  for (const { beyond, run } of left) {
    if (beyond === "other") continue;
    if (run === "") return touching(field, beyond, "before", hint);
    // A name holds no colon, and a number nothing but digits: there is one way to read them.
    const ended = (beyond === "name" && run.includes(":")) || (beyond === "int" && run[0] === ":");
    if (!ended) return mixed(field, `{…:${beyond}}${reversed(run)}`, "before", hint);
  }
  return undefined;
}

function wrongRight(field: FieldPart, right: readonly Edge[]): PatternProblem | undefined {
  const hint = "write the text that follows the address, as in {ip}: {*} or {ip} {*}";
  for (const { beyond, run } of right) {
    if (run === "" && beyond !== "other") return touching(field, beyond, "after", hint);
    if (field.type === "host") continue;
    if (/^[0-9A-Fa-f]/.test(run)) return mixed(field, run, "after", hint);
    if (run !== "" && /^[:.]+$/.test(run) && beyond !== "other" && beyond !== "int")
      return mixed(field, `${run}{…:${beyond}}`, "after", hint);
  }
  return undefined;
}

const wrongPort: Look = ({ name }, { right }) => {
  const ports = right.filter(goesOn);
  if (ports.length === 0 || ports.length === right.length) return undefined;
  return {
    got: `{${name}} that ":" and a number may follow, or may not`,
    expected: "a pattern that tells the port from the end of an IPv6 address",
    hint: `where the port always follows, write {${name}}:{port}; in brackets, [{${name}}]:{port}; several forms are several patterns`,
  };
};

/** As an IPv6 address could. */
function goesOn({ beyond, run }: Edge): boolean {
  return /^:[0-9A-Fa-f:]/.test(run) || (beyond === "int" && run === ":");
}

function touching(
  { name }: FieldPart,
  beyond: string,
  side: "before" | "after",
  hint: string,
): PatternProblem {
  return {
    got: `a field of type ${beyond} right ${side} {${name}}`,
    expected: `text between them, so that it is clear where the address ${side === "before" ? "begins" : "ends"}`,
    hint: beyond === "skip" ? `${hint}; only {ip} can stand right beside {*}` : hint,
  };
}

function mixed(
  { name }: FieldPart,
  text: string,
  side: "before" | "after",
  hint: string,
): PatternProblem {
  return {
    got: `"${text}" right ${side} {${name}}, which could be a part of the address`,
    expected: "text that no address can hold",
    hint,
  };
}
