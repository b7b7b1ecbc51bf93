/** Asks what the lines of each shape mean, with one key each. */
import { amount } from "../../../domain/amount.ts";
import type { Meaning, SampleShape } from "../../../health/drift/mine-sample.ts";
import { safe, type Terminal } from "../../terminal.ts";
import type { Keys } from "./open-keys.ts";

export interface Question {
  readonly shape: SampleShape;
  /** A line of the shape, as written. */
  readonly example: string;
}

const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ["f", "failure"],
  ["s", "success"],
  ["n", "neither"],
]);
/** Ctrl-C and Ctrl-D, which are plain keys while single keys are read. */
const QUIT: ReadonlySet<string> = new Set(["q", "\u0003", "\u0004"]);

/** Returns the answers in order; undefined: the administrator quit. */
export async function askMeanings(
  terminal: Pick<Terminal, "show">,
  keys: Keys,
  questions: readonly Question[],
): Promise<readonly Meaning[] | undefined> {
  const answers: Meaning[] = [];
  for (const [i, question] of questions.entries()) {
    terminal.show(describe(question, `${i + 1} of ${questions.length}`));
    const answer = await readAnswer(keys, question.shape.guess);
    if (answer === undefined) return undefined;
    terminal.show(`  = ${answer}\n`);
    answers.push(answer);
  }
  return answers;
}

async function readAnswer(keys: Keys, guess: Meaning): Promise<Meaning | undefined> {
  for (;;) {
    const key = await keys.next();
    if (key === undefined || QUIT.has(key)) return undefined;
    if (key === "\r" || key === "\n") return guess;
    const meaning = MEANINGS.get(key.toLowerCase());
    if (meaning !== undefined) return meaning;
  }
}

function describe({ shape, example }: Question, number: string): string {
  const { mined, reasons, guess } = shape;
  const addresses = mined.addresses();
  const from = addresses === 0 ? "" : ` from about ${amount(addresses, "address")}`;
  return [
    `${number}: ${amount(mined.count, "line")}${from}`,
    `  ${safe(mined.text)}`,
    `  | ${safe(example)}`,
    ...(reasons.length === 0 ? [] : [`  ${safe(reasons.join(", "))}`]),
    `  f failure, s success, n neither, q quit; Enter: ${guess}`,
  ].join("\n");
}
