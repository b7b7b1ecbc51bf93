/** Compiles a pattern to the steps that match a truncated line, one character at a time. */
import { isBlankCode, isDigitCode } from "../characters.ts";
import { searchStates } from "./first-occurrence.ts";
import type { FieldPart, FieldType, PatternPart } from "./pattern.ts";

/** What one character must be. "anything" matches to the end of every line. */
type Takes = "anything" | ((code: number) => boolean);

export type Step =
  | { readonly kind: "take"; readonly takes: Takes; readonly says: boolean }
  /** Continues at each of these relative offsets. No cycle is possible without consuming a character. */
  | { readonly kind: "fork"; readonly to: readonly number[] }
  | { readonly kind: "begin-address" | "end-address" };

/** Returns the steps of a pattern. `accused`: the field that contains the address. */
export function stepsOf(parts: readonly PatternPart[], accused: "ip" | "host"): readonly Step[] {
  return parts.flatMap((part, at) => partSteps(part, parts[at - 1], accused));
}

/** Returns the steps of one part, behind the part `before`. */
export function partSteps(
  part: PatternPart,
  before: PatternPart | undefined,
  accused: "ip" | "host",
): readonly Step[] {
  switch (part.kind) {
    case "literal":
      return Array.from({ length: part.text.length }, (_, i) => exactly(part.text.charCodeAt(i)));
    case "skip":
      return isAccusedIp(before, accused) ? BEHIND_IP : ANYTHING;
    case "optional":
      return oneOf([stepsOf(part.parts, accused), []]);
    case "choice":
      return oneOf(part.branches.map((branch) => stepsOf(branch, accused)));
    case "field": {
      const steps = fieldSteps(part);
      if (part.type === "endpoint") return part.name === accused ? ACCUSED_ENDPOINT : steps;
      return part.name === accused
        ? [{ kind: "begin-address" }, ...steps, { kind: "end-address" }]
        : steps;
    }
  }
}

function isAccusedIp(part: PatternPart | undefined, accused: "ip" | "host"): boolean {
  return accused === "ip" && part?.kind === "field" && part.name === "ip";
}

function exactly(code: number): Step {
  const says = /[\p{L}\p{N}]/u.test(String.fromCharCode(code));
  return { kind: "take", takes: (other) => other === code, says };
}

function take(takes: Takes): Step {
  return { kind: "take", takes, says: false };
}

function oneOf(branches: readonly (readonly Step[])[]): readonly Step[] {
  const total = branches.reduce((sum, { length }) => sum + length + 1, 0);
  const steps: Step[] = [];
  const to: number[] = [];
  for (const branch of branches) {
    to.push(1 + steps.length);
    steps.push(...branch);
    steps.push({ kind: "fork", to: [total - steps.length] });
  }
  return [{ kind: "fork", to }, ...steps];
}

function atLeastOne(takes: Takes): readonly Step[] {
  return [take(takes), { kind: "fork", to: [-1, 1] }];
}

function maybe(steps: readonly Step[]): readonly Step[] {
  return oneOf([steps, []]);
}

const isNoBlank = (code: number): boolean => !isBlankCode(code);
const isAddress = (code: number): boolean =>
  isDigitCode(code) ||
  code === 46 ||
  code === 58 ||
  (code >= 97 && code <= 102) ||
  (code >= 65 && code <= 70);
const isZone = (code: number): boolean => /[\w.~-]/.test(String.fromCharCode(code));
const is =
  (char: string): ((code: number) => boolean) =>
  (code) =>
    code === char.charCodeAt(0);

const ANYTHING: readonly Step[] = [take("anything")];
const WORD = atLeastOne(isNoBlank);
const isBoundary = (code: number): boolean =>
  code !== 37 && code !== 45 && !/[\w.]/.test(String.fromCharCode(code));
/**
 * Steps of free text directly after an address: nothing, or text that is clearly apart, optionally after a dot or colon
 * that ends a sentence.
 */
const BEHIND_IP = maybe([
  ...maybe([take((code) => code === 46 || code === 58)]),
  ...maybe([take(isBoundary), ...ANYTHING]),
]);
const ESCAPED: readonly Step[] = [take(is("\\")), take(() => true)];
const PLAIN = take((code) => code !== 34 && code !== 92);

const IP: readonly Step[] = [
  ...atLeastOne(isAddress),
  ...maybe([take(is("%")), ...atLeastOne(isZone)]),
];
const BEGIN: Step = { kind: "begin-address" };
const END: Step = { kind: "end-address" };
/** Without brackets the end of an IPv6 address is unknown, so an address that begins twice has no position. */
const ACCUSED_ENDPOINT: readonly Step[] = [
  ...oneOf([
    [take(is("[")), BEGIN, ...IP, END, take(is("]"))],
    [BEGIN, ...atLeastOne((code) => isDigitCode(code) || code === 46), END],
    [
      ...[
        BEGIN,
        BEGIN,
        ...maybe(atLeastOne((code) => isAddress(code) && code !== 46 && code !== 58)),
      ],
      ...[take(is(":")), ...IP, END],
    ],
  ]),
  ...maybe([take(is(":")), ...atLeastOne(isDigitCode)]),
];

/**
 * Steps of each type. They match at least what the type matches (compile-pattern.ts): an extra alternative makes the
 * result less certain, never wrong.
 */
const FIELD_STEPS: {
  readonly [type in Exclude<FieldType, "short" | "until" | "unescaped">]: readonly Step[];
} = {
  ip: IP,
  endpoint: [
    ...maybe([take(is("["))]),
    ...IP,
    ...maybe([take(is("]"))]),
    ...maybe([take(is(":")), ...atLeastOne(isDigitCode)]),
  ],
  host: WORD,
  word: WORD,
  int: atLeastOne(isDigitCode),
  text: ANYTHING,
  name: maybe(atLeastOne((code) => code !== 58)),
  quoted: [
    take(is('"')),
    // Loop to the closing quote, over a plain or an escaped character.
    { kind: "fork", to: [1, 3, 6] },
    PLAIN,
    { kind: "fork", to: [-2] },
    ...ESCAPED,
    { kind: "fork", to: [-5] },
    take(is('"')),
  ],
};

function fieldSteps({ type, stop }: FieldPart): readonly Step[] {
  if (type === "short") return shortSteps(stop);
  const isPlain = (code: number): boolean => !stop.includes(String.fromCharCode(code));
  if (type === "until") return atLeastOne(isPlain);
  if (type === "unescaped") {
    const one = oneOf([[take((code) => code !== 92 && isPlain(code))], ESCAPED]);
    return maybe([...one, { kind: "fork", to: [-one.length, 1] }]);
  }
  return FIELD_STEPS[type];
}

/** Writes each state as a fork to its transitions and, where the literal may follow, to the end. */
function shortSteps(literal: string): readonly Step[] {
  const states = searchStates(literal);
  // Each state has one fork, and two steps for each transition.
  const sizes = states.map(({ transitions }) => 1 + 2 * transitions.length);
  const starts = sizes.map((_, state) => sizes.slice(0, state).reduce((sum, one) => sum + one, 0));
  const end = sizes.reduce((sum, one) => sum + one, 0);
  return states.flatMap(({ mayEnd, transitions }, state): readonly Step[] => {
    const from = starts[state] ?? 0;
    const ways = transitions.map((_, i) => 1 + 2 * i);
    return [
      { kind: "fork", to: mayEnd ? [...ways, end - from] : ways },
      ...transitions.flatMap(({ chars, isOther, to }, i): readonly Step[] => [
        take((code) => chars.includes(String.fromCharCode(code)) !== isOther),
        { kind: "fork", to: [(starts[to] ?? 0) - (from + 2 + 2 * i)] },
      ]),
    ];
  });
}
