/**
 * Tries to make a proposed rule accuse an uninvolved address, with lines that clients can cause. It puts other
 * addresses into names, words and quoted texts, the whole message into other messages, and tries lines that may belong
 * to another message. It also verifies that the rule changes no match of other rules. Uses the real compiler and
 * router.
 */
import type {
  FilterDefinition,
  FilterMode,
  RuleDefinition,
} from "../../domain/filter-definition.ts";
import { STRICTEST_MODE } from "../../domain/filter-definition.ts";
import { instant } from "../../domain/instant.ts";
import type { Match } from "../../domain/match.ts";
import { formatProblem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { applyOverlay } from "../../parse/filter/apply-overlay.ts";
import {
  type CompileFilter,
  compileFilter,
  createFilterCompiler,
} from "../../parse/filter/compile-filter.ts";
import { describeShape } from "./describe-shape.ts";
import { forge, VICTIM } from "../../parse/pattern/forge.ts";
import { forgeRule } from "../../parse/filter/forge-rule.ts";
import { createLineRouter } from "../../parse/route/line-router.ts";
import { partsOfTemplate } from "./message-tokens.ts";
import { type PatternPart, parsePattern } from "../../parse/pattern/pattern.ts";
import { definitionOf, type ProposedRule } from "./propose-rule.ts";

export interface ForgeryTest {
  readonly base: FilterDefinition;
  readonly rule: ProposedRule;
  /** Lines of the shape from which the rule was made. */
  readonly examples: readonly string[];
  /** Other unrecognized messages of the program. */
  readonly others: readonly OtherShape[];
  /** Default: a new compiler. A shared one compiles the base's rules only once for several proposals. */
  readonly compile?: CompileFilter | undefined;
}

export interface OtherShape {
  readonly key: string;
  readonly examples: readonly string[];
}

/** Returns why the rule must not be used; undefined if every forgery failed. */
export function testForgery(test: ForgeryTest): string | undefined {
  const proposed = definitionOf(test.rule);
  const pattern = parsePattern(test.rule.line);
  if (!pattern.ok) return `its pattern is wrong: ${pattern.error.got}`;
  const takes = compileBoth(test, proposed);
  if (!takes.ok) return takes.error;
  return (
    losesLines(test, takes.value) ??
    takesOthers(test, takes.value) ??
    (proposed.is === "failure" ? accusesOthers(test, pattern.value, takes.value) : undefined)
  );
}

type Take = (line: string) => Match | undefined;
interface Change {
  readonly before: Take;
  readonly after: Take;
}
type Takes = Readonly<Record<"normal" | "strict", Change>>;

function compileBoth(
  { base, compile = createFilterCompiler() }: ForgeryTest,
  rule: RuleDefinition,
): Result<Takes, string> {
  const overlay = { path: "proposal", extends: base.name, rules: [rule], samples: [] };
  const added = applyOverlay(base, overlay);
  if (!added.ok) return fail(added.error.map(formatProblem).join("; "));
  const both = (mode: FilterMode): Result<Change, string> => {
    const before = takeWith(compile(base, mode));
    const after = takeWith(compile(added.value, mode));
    if (!before.ok) return before;
    return after.ok ? ok({ before: before.value, after: after.value }) : after;
  };
  const normal = both("normal");
  const strict = both(STRICTEST_MODE);
  if (!normal.ok) return normal;
  return strict.ok ? ok({ normal: normal.value, strict: strict.value }) : strict;
}

const NOW = instant(0);

function takeWith(filter: ReturnType<CompileFilter>): Result<Take, string> {
  if (!filter.ok) return fail(filter.error.map(formatProblem).join("; "));
  const router = createLineRouter([{ filter: filter.value, accepts: undefined }], () => 0);
  return ok((line) => {
    let taken: Match | undefined;
    const text = `${line.replaceAll("\n", "\\n")}\n`;
    const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
    router.route(batch, NOW, {
      matched: (_entry, match) => {
        taken = match;
      },
      unrecognized() {},
    });
    return taken;
  });
}

/** Returns a problem if the rule misses its own lines, or changes how lines of other rules are recognized. */
function losesLines({ rule, base, examples }: ForgeryTest, takes: Takes): string | undefined {
  const { sample, id } = rule;
  const own = takes.normal.after(sample.line);
  if (own?.rule !== id) return `it does not recognize its own sample: ${sample.line}`;
  if (own.ip !== sample.ip) return `it reads ${own.ip ?? "no address"} from its own sample`;
  const missed = examples.find((line) => takes.normal.after(line)?.rule !== id);
  if (missed !== undefined) return `it does not recognize the line it was made of: ${missed}`;
  for (const { before, after } of [takes.normal, takes.strict]) {
    const changed = base.samples.find(({ line }) => !same(before(line), after(line)));
    if (changed !== undefined) return `it changes what this line means: ${changed.line}`;
  }
  return undefined;
}

function same(a: Match | undefined, b: Match | undefined): boolean {
  return a?.rule === b?.rule && a?.ip === b?.ip && a?.user === b?.user && a?.kind === b?.kind;
}

/**
 * Returns a problem if the rule matches lines of another kind, or its lines could be of another kind. It is no problem
 * if both accuse the same address, as "for bob" and "for invalid user bob" do.
 */
function takesOthers({ rule, examples, others }: ForgeryTest, takes: Takes): string | undefined {
  for (const other of others) {
    const { accuses, example } = readOther(other);
    for (const line of other.examples) {
      const taken = takes.normal.after(line);
      if (taken?.rule !== rule.id || rule.is === "neutral") continue;
      if (taken.ip !== accuses(line)) return `it takes another message for its own: ${line}`;
    }
    if (rule.is === "neutral") continue;
    for (const line of examples) {
      const possible = accuses(line);
      if (possible !== NOT_POSSIBLE && possible !== takes.normal.after(line)?.ip)
        return `the program also writes "${example}", and a client could make that look like: ${line}`;
    }
  }
  return undefined;
}

/** The line cannot have the other shape. */
const NOT_POSSIBLE = "not possible";

type Accuses = (line: string) => string | undefined;

interface OtherReading {
  readonly example: string;
  /** Returns the address that a line of this shape accuses, if clients chose its names and texts. */
  readonly accuses: Accuses;
}

function readOther({ key, examples }: OtherShape): OtherReading {
  const { text, peerSlot, failureWords, saysSuccess } = describeShape(key);
  const guilty = failureWords.length > 0 && !saysSuccess;
  const take = takeLoosely(key, guilty ? peerSlot : -1);
  return {
    example: examples[0] ?? text,
    accuses: (line) => {
      const match = take?.(line);
      return match === undefined ? NOT_POSSIBLE : match.ip;
    },
  };
}

function takeLoosely(key: string, peerSlot: number): Take | undefined {
  let slot = -1;
  const line = partsOfTemplate(key)
    .map((part) => {
      if (part.kind === "text") return part.text.replace(/[{}]/g, "$&$&");
      slot++;
      if (slot === peerSlot) return "{ip}";
      return CHOSEN.has(part.is) ? "{*}" : `{any${slot}:word}`;
    })
    .join("");
  const sample = { line: "", ip: undefined, user: undefined };
  const rule = definitionOf({ id: "loose", is: "neutral", counts: "each", line, sample });
  const take = takeWith(compileFilter({ ...EMPTY, rules: [rule] }, "normal"));
  return take.ok ? take.value : undefined;
}

const CHOSEN: ReadonlySet<string> = new Set(["user", "text", "rest", "word"]);

const EMPTY: FilterDefinition = {
  name: "loose",
  description: "",
  path: "loose",
  programs: [],
  journal: [],
  files: [],
  ports: [],
  rules: [],
  samples: [],
};

function accusesOthers(
  { rule, base }: ForgeryTest,
  pattern: readonly PatternPart[],
  { strict, normal }: Takes,
): string | undefined {
  const accused = (match: Match | undefined): string | undefined =>
    match?.kind === "failure" ? (match.ip ?? match.host) : undefined;
  for (const { line, truth } of forge(pattern, { words: "chosen" })) {
    const found = accused(strict.after(line));
    if (found !== undefined && found !== truth) return forged(line, found);
  }
  const quoted = rule.sample.line.replaceAll(rule.sample.ip ?? VICTIM, VICTIM);
  const texts = [quoted, ` ${quoted}`, `x ${quoted}`, `${quoted} x`, `"${quoted}"`, `\\n${quoted}`];
  for (const line of inOtherMessages(base, texts)) {
    for (const { before, after } of [normal, strict]) {
      const found = after(line);
      if (found?.rule === rule.id && !same(before(line), found)) return forged(line, VICTIM);
    }
  }
  return undefined;
}

/** Returns every message of the filter, with `texts` inserted where clients can write. */
function inOtherMessages(
  { rules, samples }: FilterDefinition,
  texts: readonly string[],
): readonly string[] {
  return rules.flatMap((rule) => forgeRule(rule, samples, { texts }).map(({ line }) => line));
}

function forged(line: string, accused: string): string {
  return `a client could make it accuse ${accused}: ${line}`;
}
