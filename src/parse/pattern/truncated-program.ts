/**
 * Compiles a pattern to a program for truncated lines, and divides it where other patterns may begin alike. Pure.
 */
import type { PatternPart } from "./pattern.ts";
import { partSteps, type Step, stepsOf } from "./truncated-steps.ts";

export interface TruncatedProgram {
  /** The field that contains the address. */
  readonly accused: "ip" | "host";
  readonly steps: readonly Step[];
  /** For each step and the end: whether an address may follow, and whether the line may end without a further word. */
  readonly mayAccuse: readonly boolean[];
  readonly maySayNothing: readonly boolean[];
  /** The beginnings of the pattern up to which it is read together with others, from the shortest. */
  readonly sections: readonly Section[];
}

export interface Section {
  /** Equal for patterns that begin with the same steps up to here. */
  readonly key: string;
  /** The number of these steps. */
  readonly until: number;
  /** If its last part is one of several texts: all of them; undefined: it is something else. */
  readonly texts: readonly SectionText[] | undefined;
}

export interface SectionText {
  /** At least one character. */
  readonly text: string;
  /** The step of its first character. */
  readonly at: number;
}

/** Maximum number of sections: what follows is different in most patterns. */
const MAX_SECTIONS = 18;

export function compileTruncated(parts: readonly PatternPart[]): TruncatedProgram {
  const accused = hasField(parts, "ip") ? "ip" : "host";
  const steps = stepsOf(parts, accused);
  const mayAccuse = spread(steps, [], ({ kind }) => isAddressMark(kind) || undefined);
  const isWord = (step: Step): boolean => step.kind === "take" && step.says;
  const maySayNothing = spread(steps, [steps.length], (step) => (isWord(step) ? false : undefined));
  return { accused, steps, mayAccuse, maySayNothing, sections: sectionsOf(parts, accused) };
}

/** Returns for each step and the end whether the property applies: to itself, or to a step that may come next. */
function spread(
  steps: readonly Step[],
  holds: readonly number[],
  byItself: (step: Step) => boolean | undefined,
): readonly boolean[] {
  const all = Array.from({ length: steps.length + 1 }, (_, at) => holds.includes(at));
  for (let isStable = false; !isStable; ) {
    isStable = true;
    for (const [at, step] of [...steps.entries()].reverse()) {
      if (all[at] === true) continue;
      const next = step.kind === "fork" ? step.to.map((by) => at + by) : [at + 1];
      if (!(byItself(step) ?? next.some((one) => all[one] === true))) continue;
      all[at] = true;
      isStable = false;
    }
  }
  return all;
}

function isAddressMark(kind: Step["kind"]): boolean {
  return kind === "begin-address" || kind === "end-address";
}

function hasField(parts: readonly PatternPart[], name: string): boolean {
  return parts.some((part) => {
    if (part.kind === "field") return part.name === name;
    if (part.kind === "optional") return hasField(part.parts, name);
    return part.kind === "choice" && part.branches.some((branch) => hasField(branch, name));
  });
}

/** Divides a pattern behind each of its first parts, and literals before their first letter or digit. */
function sectionsOf(
  parts: readonly PatternPart[],
  accused: TruncatedProgram["accused"],
): readonly Section[] {
  const pieces = parts.flatMap(splitLiteral);
  const sections: Section[] = [];
  let key = accused as string;
  let from = 0;
  for (const [i, piece] of pieces.slice(0, Math.min(MAX_SECTIONS, pieces.length - 1)).entries()) {
    const steps = partSteps(piece, pieces[i - 1], accused);
    // Such a step says of the whole pattern how the line may end.
    if (steps.some((step) => step.kind === "take" && step.takes === "anything")) break;
    key += ` ${describePart(piece, accused)}`;
    const until = from + steps.length;
    sections.push({ key, until, texts: textsOf(piece, from) });
    from = until;
  }
  return sections;
}

/** `from`: the number of steps before the part. Must follow the steps of a choice (truncated-steps.ts). */
function textsOf(part: PatternPart, from: number): readonly SectionText[] | undefined {
  if (part.kind === "literal") return [{ text: part.text, at: from }];
  if (part.kind !== "choice") return undefined;
  const texts: SectionText[] = [];
  let at = from + 1;
  for (const [first, ...others] of part.branches) {
    if (first?.kind !== "literal" || first.text === "" || others.length > 0) return undefined;
    texts.push({ text: first.text, at });
    at += first.text.length + 1;
  }
  return texts;
}

function splitLiteral(part: PatternPart): readonly PatternPart[] {
  const at = part.kind === "literal" ? part.text.search(/[\p{L}\p{N}]/u) : -1;
  if (part.kind !== "literal" || at <= 0) return [part];
  return [part.text.slice(0, at), part.text.slice(at)].map((text) => ({ kind: "literal", text }));
}

/** Describes the steps of a part: names do not matter except that of the address. */
function describePart(part: PatternPart, accused: TruncatedProgram["accused"]): string {
  const describe = (inner: readonly PatternPart[]): string =>
    inner.map((one) => describePart(one, accused)).join(" ");
  switch (part.kind) {
    case "literal":
      return JSON.stringify(part.text);
    case "field":
      return `${part.name === accused ? "!" : ""}${part.type}${JSON.stringify(part.stop)}`;
    case "skip":
      return "*";
    case "optional":
      return `?(${describe(part.parts)})`;
    case "choice":
      return `(${part.branches.map(describe).join("|")})`;
  }
}
