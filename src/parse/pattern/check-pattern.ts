/**
 * Refuses ambiguous patterns, in which the address cannot be identified. These are two peers in one line, an address
 * that touches another field, or one whose neighbor could be part of it ("{ip}{?:{port}}": an IPv6 address may continue
 * with a colon too). Checks every neighbor that optionals and alternatives allow. Also refuses a quoted field between
 * quotes, which no line contains twice.
 */
import { type Result, fail, ok } from "../../domain/result.ts";
import {
  hasPeer,
  isField,
  isPeer,
  joinsLeft,
  joinsRight,
  NOTHING_BESIDE,
  reversed,
  type Edge,
  type Sides,
  sidesOf,
} from "./address-neighbors.ts";
import { wrongShort } from "./check-short.ts";
import { alternativesOf, MAX_ALTERNATIVES } from "./expand-optionals.ts";
import type { FieldPart, PatternPart, PatternProblem } from "./pattern.ts";

type Parts = readonly PatternPart[];

export function checkPattern(parts: Parts): Result<undefined, PatternProblem> {
  for (const name of ["ip", "host"]) {
    if (countFields(parts, name) > 1) return fail(twoPeers(name));
  }
  const quoted = findQuotedTwice(parts);
  if (quoted !== undefined) return fail(quotedTwice(quoted));
  const short = wrongShort(parts);
  if (short !== undefined) return fail(short);
  const alternatives = alternativesOf(parts);
  if (alternatives.length > MAX_ALTERNATIVES) return fail(TOO_MANY);
  if (!parts.some(hasPeer)) return ok(undefined);
  // Check the pattern unexpanded: expanded, an optional port would exist in one alternative and not in another.
  const wrong =
    problemIn(parts, NOTHING_BESIDE, wrongEndpoint) ??
    problemIn(parts, NOTHING_BESIDE, wrongPort) ??
    problemIn(parts, NOTHING_BESIDE, wrongPrefix) ??
    alternatives.map((one) => problemIn(one, NOTHING_BESIDE, wrongNeighbor)).find(Boolean);
  return wrong === undefined ? ok(undefined) : fail(wrong);
}

function twoPeers(name: string): PatternProblem {
  return {
    got: `{${name}} twice in one line`,
    expected: "one peer",
    hint: `give the field that is not the peer another name, as in {server:${name}}`,
  };
}

/** Finds `"{request:quoted}"`. A quoted field includes its quotes, so the pattern would need them twice. */
function findQuotedTwice(parts: Parts): FieldPart | undefined {
  for (const [i, part] of parts.entries()) {
    if (part.kind === "optional" || part.kind === "choice") {
      const inner = part.kind === "optional" ? [part.parts] : part.branches;
      const found = inner.map(findQuotedTwice).find(Boolean);
      if (found !== undefined) return found;
    }
    if (part.kind !== "field" || part.type !== "quoted") continue;
    const [before, after] = [parts[i - 1], parts[i + 1]];
    const opens = before?.kind === "literal" && before.text.endsWith('"');
    if (opens && after?.kind === "literal" && after.text.startsWith('"')) return part;
  }
  return undefined;
}

function quotedTwice({ name }: FieldPart): PatternProblem {
  return {
    got: `"{${name}:quoted}" between quotes, which no line matches`,
    expected: "the field without them: it takes its quotes as well",
    hint: `write {${name}:quoted}, or "{${name}}" for a text between quotes`,
  };
}

const TOO_MANY: PatternProblem = {
  got: "many optional parts behind free text",
  expected: `at most ${MAX_ALTERNATIVES} ways to read the line`,
  hint: "write several patterns: line = [ … , … ]",
};

/** Returns how many fields with this name one line can have. */
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

type Look = (field: FieldPart, sides: Sides) => PatternProblem | undefined;

function problemIn(parts: Parts, outer: Sides, look: Look): PatternProblem | undefined {
  for (const [i, part] of parts.entries()) {
    if (!hasPeer(part)) continue;
    const inner =
      part.kind === "optional" ? [part.parts] : part.kind === "choice" ? part.branches : [];
    const sides = sidesOf(parts, i, outer);
    let wrong = inner.map((branch) => problemIn(branch, sides, look)).find(Boolean);
    if (part.kind === "field" && isPeer(part)) wrong = look(part, sides);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

const wrongNeighbor: Look = (field, { left, right }) =>
  wrongLeft(field, left) ?? wrongRight(field, right);

/** Finds an endpoint field whose next part looks like a port. Its port is optional, so the two would be confused. */
const wrongEndpoint: Look = (field, { left, right }) => {
  if (field.type !== "endpoint") return undefined;
  const isPort = ({ beyond, run }: Edge): boolean =>
    /^:[0-9]/.test(run) || (run === ":" && beyond === "int");
  if (!right.some(isPort) && !left.some(joinsLeft)) return undefined;
  return {
    got: `{${field.name}:endpoint} beside ":" and a number or a name`,
    expected: "text between them: the field takes the port as well",
    hint: `write {${field.name}:endpoint} without {port}, as in {${field.name}:endpoint} {*}`,
  };
};

function wrongLeft(field: FieldPart, left: readonly Edge[]): PatternProblem | undefined {
  const hint = "write the text that stands between them, as in {*} from {ip}";
  for (const edge of left) {
    const { beyond, run, isLoose = false } = edge;
    if (!isField(edge)) {
      if (/^[0-9]/.test(run) || (/^[A-Fa-f]/.test(run) && beyond !== "letters"))
        return mixed(field, reversed(run), "before", hint);
      continue;
    }
    if (run === "") return touching(field, beyond, "before", hint);
    // A name contains no colon and a number only digits, so they are unambiguous if they have a beginning.
    const ended = (beyond === "name" || beyond === "int") && run === ":" && !isLoose;
    if (!ended) return mixed(field, `${shown(beyond)}${reversed(run)}`, "before", hint);
  }
  return undefined;
}

function wrongRight(field: FieldPart, right: readonly Edge[]): PatternProblem | undefined {
  const hint = `write the text that follows the address, as in {${field.name}}: {*} or {${field.name}} {*}`;
  for (const edge of right) {
    const { beyond, run } = edge;
    if (run === "" && isField(edge)) return touching(field, beyond, "after", hint);
    if (/^[0-9A-Fa-f]/.test(run)) return mixed(field, run, "after", hint);
    const joint = field.type === "host" ? /^:[:.]*$/ : /^[:.]+$/;
    if (joint.test(run) && isField(edge) && beyond !== "int")
      return mixed(field, `${run}${shown(beyond)}`, "after", hint);
  }
  return undefined;
}

const wrongPort: Look = ({ name }, { right }) => {
  const ports = right.filter(joinsRight);
  if (ports.length === 0 || ports.length === right.length) return undefined;
  return {
    got: `{${name}} that ":" and a number may follow, or may not`,
    expected: "a pattern that tells the port from the end of an IPv6 address",
    hint: `where the port always follows, write {${name}}:{port}; in brackets, [{${name}}]:{port}; several forms are several patterns`,
  };
};

const wrongPrefix: Look = ({ name }, { left }) => {
  const prefixes = left.filter(joinsLeft);
  if (prefixes.length === 0 || prefixes.length === left.length) return undefined;
  return {
    got: `{${name}} that a number or a name and ":" may precede, or may not`,
    expected: "a pattern that tells them from the beginning of an IPv6 address",
    hint: "several forms are several patterns",
  };
};

function touching(
  { name }: FieldPart,
  beyond: string,
  side: "before" | "after",
  hint: string,
): PatternProblem {
  return {
    got: `${beyond === "skip" ? shown(beyond) : `a field of type ${beyond}`} right ${side} {${name}}`,
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
    expected: "text that no address can contain",
    hint,
  };
}

/** Formats a field of that type in pattern notation, without its name. */
function shown(type: string): string {
  return type === "skip" ? "{*}" : `{…:${type}}`;
}
