/**
 * Proposes a rule that recognizes a shape's lines, with a sample made from an example. Otherwise it returns why none is
 * proposed. It is strict, because an accepted rule bans: the line must clearly state the address and the failure.
 * Whether clients can forge the line is tested by test-forgery.ts.
 */
import type { RuleDefinition } from "../../domain/filter-definition.ts";
import type { Counting, MatchKind } from "../../domain/match.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { MinedShape } from "./message-miner.ts";
import { partsOfTemplate, SLOT_MARK, slotOf, tokenize } from "./message-tokens.ts";
import { nameTypesOf, patternOf, sampleOf, sampleText } from "./shape-pattern.ts";

export interface ProposedRule {
  readonly id: string;
  readonly is: MatchKind;
  readonly counts: Counting;
  /** The only pattern of the rule. */
  readonly line: string;
  readonly sample: ProposedSample;
}

export interface ProposedSample {
  readonly line: string;
  readonly ip: string | undefined;
  readonly user: string | undefined;
}

export interface ProposeOptions {
  /** Ids of existing rules. */
  readonly taken: ReadonlySet<string>;
  /** Number of failures that other rules have counted so far. */
  readonly failures: number;
}

export function definitionOf({ id, is, counts, line }: ProposedRule): RuleDefinition {
  const recognize = { kind: "line", patterns: [line] } as const;
  return { id, is, mode: "normal", counting: counts, closes: false, login: "password", recognize };
}

/** Returns possible rules, the one that recognizes most lines first. */
export function proposeRule(
  shape: MinedShape,
  options: ProposeOptions,
): Result<readonly ProposedRule[], string> {
  const reason = whyNoFailure(shape);
  return reason === undefined ? write(shape, "failure", options) : fail(reason);
}

/** Returns a neutral rule for lines of this shape; it needs no address and no word of failure. */
export function neutralRule(
  shape: MinedShape,
  options: ProposeOptions,
): Result<readonly ProposedRule[], string> {
  const reason = whyUnwritable(shape);
  return reason === undefined ? write(shape, "neutral", options) : fail(reason);
}

/** Returns why lines of this shape cannot be taken for failures of a client; undefined: they can. */
export function whyNoFailure(shape: MinedShape): string | undefined {
  return whyUnwritable(shape) ?? whyNone(shape);
}

/** Returns why no rule can accuse the client of such lines, even if an administrator says that they are failures. */
export function whyNoPeer(shape: MinedShape): string | undefined {
  const { peerSlot, rivals } = shape;
  if (peerSlot < 0) return NO_ADDRESS;
  return rivals > 0 ? RIVALS : undefined;
}

const NO_ADDRESS = "no address in it could be the client's";
const RIVALS = "two addresses in it could be the client's";

export function whyUnwritable({ slots, key }: MinedShape): string | undefined {
  if (slots.includes("rest")) return "its lines differ too much for one rule";
  return key.includes(QUOTES_TOUCH)
    ? "quoted texts in it touch, so a client may have written the quotes between them"
    : undefined;
}

const QUOTES_TOUCH = slotOf("quoted") + SLOT_MARK;

function whyNone(shape: MinedShape): string | undefined {
  const { failureWords, saysSuccess, peerSlot, peerSaid, rivals, key } = shape;
  if (failureWords.length === 0) return "no failure word in it";
  if (saysSuccess) return "a word in it says that access was granted";
  if (peerSlot < 0) return NO_ADDRESS;
  if (!peerSaid) return "nothing says that the address is the client's (as from, by, rhost= would)";
  if (rivals > 0) return RIVALS;
  const [first] = partsOfTemplate(key);
  if (first?.kind !== "text" || !BEGINS_WITH_WORD.test(first.text))
    return "it begins with what changes, so other messages could be made to look like it";
  return undefined;
}

/** The pattern begins with a constant word, perhaps after brackets or quotes. */
const BEGINS_WITH_WORD = /^["'(<[]*[A-Za-z]{2}/;

function write(
  shape: MinedShape,
  is: "failure" | "neutral",
  options: ProposeOptions,
): Result<readonly ProposedRule[], string> {
  const sample = sampleOf(shape, tokenize);
  if (sample === undefined) return fail("no line of it was short enough to be kept whole");
  const { values, ip, user } = sample;
  const common = {
    id: freeId(constantText(shape), options.taken),
    is,
    counts: is === "failure" ? countingOf(shape, options) : ("each" as const),
    sample: { line: sampleText(shape, values), ip, user },
  };
  return ok(nameTypesOf(shape).map((type) => ({ ...common, line: patternOf(shape, type) })));
}

/**
 * Returns how a line counts. While other rules still count failures, the line may be about the same attempts, so it
 * counts "early"; otherwise each line counts.
 */
function countingOf({ failuresBefore, count }: MinedShape, { failures }: ProposeOptions): Counting {
  return failures - failuresBefore >= count / 2 ? "early" : "each";
}

/** Returns the text of a shape without its slots. */
export function constantText({ key }: Pick<MinedShape, "key">): string {
  return partsOfTemplate(key)
    .map((part) => (part.kind === "text" ? part.text : " "))
    .join("");
}

/** Returns an unused id from the first words of a text, such as "wrong-password-for". */
export function freeId(text: string, taken: ReadonlySet<string>): string {
  const words = text
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word.length > 1)
    .slice(0, 3);
  const id = words.join("-").slice(0, 48) || "line";
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? id : `${id}-${n}`;
    if (!taken.has(candidate)) return candidate;
  }
}
