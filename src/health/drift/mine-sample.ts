/**
 * Mines the shapes of a sample's messages, whatever form its lines have, and orders them as drift does: by suspicion,
 * then by number of lines.
 */
import type { Instant } from "../../domain/instant.ts";
import { judgeShape } from "./drift.ts";
import { MessageMiner, type MinedShape } from "./message-miner.ts";
import { whyNoFailure } from "./propose-rule.ts";
import { detectForm } from "./mine-sample/detect-form.ts";
import type { Candidate, LineForm, Meaning, RuleMeaning } from "./mine-sample/line-form.ts";

export type { Candidate, LineForm, Meaning, RuleMeaning };

export interface SampleShape {
  readonly mined: MinedShape;
  /** Why it is suspicious. */
  readonly reasons: readonly string[];
  /** Proposed meaning; a failure or a success only where words and address leave no doubt. */
  readonly guess: Meaning;
  /** Indexes of the messages that its examples are made of. */
  readonly origins: readonly number[];
}

export interface MinedSample {
  /** The form that most lines have. */
  readonly form: LineForm;
  readonly shapes: readonly SampleShape[];
  /** Number of messages that have another form than most. */
  readonly otherForm: number;
  /** Number of rare shapes that were forgotten. */
  readonly evicted: number;
}

export function mineSample(messages: readonly string[], now: Instant): MinedSample {
  const form = detectForm(messages);
  const miner = new MessageMiner((reduced) => form.tokenize(reduced));
  const origins = new Map<string, number>();
  let otherForm = 0;
  for (const [i, message] of messages.entries()) {
    const reduced = form.reduce(message);
    if (reduced === undefined) otherForm++;
    else if (miner.add(reduced, now, 0).examples.includes(reduced.trimEnd()))
      origins.set(reduced.trimEnd(), origins.get(reduced.trimEnd()) ?? i);
  }
  const ranked = miner.shapes().map((mined) => rank(mined, form, origins));
  ranked.sort((a, b) => b.rank - a.rank || b.shape.mined.count - a.shape.mined.count);
  return { form, shapes: ranked.map(({ shape }) => shape), otherForm, evicted: miner.evicted };
}

function rank(
  mined: MinedShape,
  form: LineForm,
  origins: ReadonlyMap<string, number>,
): { readonly shape: SampleShape; readonly rank: number } {
  const failureWords = [...mined.failureWords, ...form.failureWords(mined)];
  const { count, peerSaid, saysSuccess } = mined;
  const hasName = mined.slots.includes("user");
  const facts = {
    count,
    addresses: mined.addresses(),
    peerSaid,
    hasName,
    failureWords,
    saysSuccess,
  };
  const { rank: order, reasons } = judgeShape(facts);
  const guess = guessMeaning({ ...mined, failureWords });
  const lines = mined.examples.flatMap((example) => origins.get(example) ?? []);
  return { shape: { mined, reasons, guess, origins: lines }, rank: order };
}

function guessMeaning(shape: MinedShape): Meaning {
  if (whyNoFailure(shape) === undefined) return "failure";
  const { saysSuccess, failureWords, peerSaid, rivals, slots } = shape;
  const isLogin = saysSuccess && failureWords.length === 0 && slots.includes("user");
  return isLogin && peerSaid && rivals === 0 && !slots.includes("rest") ? "success" : "neither";
}
