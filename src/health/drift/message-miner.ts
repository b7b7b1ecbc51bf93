/**
 * The message miner groups unrecognized messages by shape: constant words and typed slots. For each shape it keeps how
 * often and since when it was seen, from about how many addresses, and a few examples.
 * It joins shapes only where that is safe for a rule made from them: where they differ in one word that varies freely
 * and has no meaning, or in the length of a name. Messages that differ more are counted together by their beginning.
 *
 * Bounds: MAX_SHAPES shapes, MAX_ALIKE with the same beginning, MAX_EXAMPLES examples of MAX_EXAMPLE_LENGTH each; the cost of
 * a message is a comparison with each shape of its length at most.
 */
import type { Instant } from "../../domain/instant.ts";
import { detachString } from "../../domain/detach-string.ts";
import { createDistinctEstimate, type DistinctEstimate } from "./distinct-estimate.ts";
import { describeShape, type ShapeTraits } from "./describe-shape.ts";
import { holdsName, matchShape, oneDifference, REST, WORD } from "./match-shape.ts";
import { slotOf, type Token, tokenize } from "./message-tokens.ts";

export interface MinedShape extends ShapeTraits {
  /** Templates of its words, joined by blanks: equal for equal shapes, also in another run. */
  readonly key: string;
  count: number;
  readonly first: Instant;
  last: Instant;
  /** Whole messages only, so that each can be a sample. */
  readonly examples: readonly string[];
  /** The constant value of each slot; undefined where it varied. */
  readonly constants: readonly (string | undefined)[];
  /** Lines that other rules had counted as failures when the shape was first seen. */
  readonly failuresBefore: number;
  /** About how many different addresses. */
  addresses(): number;
}

/** The part of a shape that survives a restart. */
export interface KeptShape {
  readonly examples: readonly string[];
  readonly count: number;
  readonly addresses: number;
  readonly first: Instant;
  readonly last: Instant;
}

export const MAX_SHAPES = 256;
const MAX_ALIKE = 24;
/** When this many shapes differ in the same word, that word is a value. */
const ALIKE_TO_JOIN = 4;
const MAX_EXAMPLES = 4;
const MAX_EXAMPLE_LENGTH = 400;
const BEGINNING_WORDS = 2;
const ADDRESS = slotOf("ip");

interface Shape extends MinedShape {
  readonly words: readonly string[];
  readonly sources: DistinctEstimate;
  readonly examples: string[];
  readonly constants: (string | undefined)[];
  /** Tokens of the first message. */
  tokens: readonly Token[];
}

interface ShapeMatch {
  readonly shape: Shape;
  /** The values in the slots of the message. */
  readonly values: readonly string[];
}

interface UnmatchedMessage {
  readonly tokens: readonly Token[];
  readonly message: string;
  readonly now: Instant;
  readonly failures: number;
}

export class MessageMiner {
  readonly #byKey = new Map<string, Shape>();
  #evicted = 0;

  /** Shapes forgotten for want of room. */
  get evicted(): number {
    return this.#evicted;
  }

  add(message: string, now: Instant, failures: number): Shape {
    const { tokens, whole } = tokenize(message);
    const words = tokens.map(({ template }) => template);
    if (!whole) words.push(REST);
    const exact = this.#byKey.get(words.join(" "));
    if (exact !== undefined) return count(exact, valuesOf(tokens), message, now);
    const match = whole ? (this.#findMatch(tokens) ?? this.#join(tokens, now)) : undefined;
    if (match !== undefined) return count(match.shape, match.values, message, now);
    const beginning = words.slice(0, BEGINNING_WORDS);
    const alike = this.#beginningWith(beginning);
    const longer = holdsName(words) ? alike.filter((shape) => isLonger(shape, words)) : [];
    if (alike.length - longer.length >= MAX_ALIKE)
      return this.#addByBeginning(beginning, { tokens, message, now, failures });
    const shape = this.#create(words, now, failures);
    shape.tokens = tokens;
    this.#absorb(shape, longer);
    return count(shape, valuesOf(tokens), message, now);
  }

  /** Prefers the shape seen most often, since clients seldom forge that one. */
  #findMatch(tokens: readonly Token[]): ShapeMatch | undefined {
    let best: ShapeMatch | undefined;
    for (const shape of this.#byKey.values()) {
      if (shape.count <= (best?.shape.count ?? 0)) continue;
      const values = matchShape(shape.words, tokens);
      if (values !== undefined) best = { shape, values };
    }
    return best;
  }

  /** Joins shapes that differ from the message, and from each other, in the same word only. */
  #join(tokens: readonly Token[], now: Instant): ShapeMatch | undefined {
    const positions = Map.groupBy(this.#byKey.values(), ({ words }) =>
      oneDifference(words, tokens),
    );
    positions.delete(-1);
    for (const [position, alike] of positions) {
      if (alike.length + 1 < ALIKE_TO_JOIN) continue;
      const words = tokens.map(({ template }, i) => (i === position ? WORD : template));
      for (const { key } of alike) this.#byKey.delete(key);
      const first = alike.reduce((a, b) => (a.first <= b.first ? a : b));
      const shape = this.#create(words, first.first, first.failuresBefore);
      for (const one of alike) {
        for (const example of one.examples.slice(0, 1)) takeExample(shape, example);
        addCounts(shape, one);
      }
      shape.last = now;
      return {
        shape,
        values: tokens.flatMap(({ raw, values }, i) => (i === position ? raw : values)),
      };
    }
    return undefined;
  }

  #beginningWith(words: readonly string[]): readonly Shape[] {
    return [...this.#byKey.values()].filter((shape) =>
      words.every((word, i) => shape.words[i] === word),
    );
  }

  /** Counts a message with all others that begin alike, because there are too many kinds of them. */
  #addByBeginning(
    beginning: readonly string[],
    { tokens, message, now, failures }: UnmatchedMessage,
  ): Shape {
    const words = [...beginning, REST];
    const shape = this.#byKey.get(words.join(" ")) ?? this.#create(words, now, failures);
    const address = tokens.findLast(({ template }) => template.includes(ADDRESS));
    if (address !== undefined) addSource(shape, address.values[0]);
    return count(shape, [], message, now);
  }

  #create(words: readonly string[], now: Instant, failures: number): Shape {
    if (this.#byKey.size >= MAX_SHAPES) this.#evict();
    const key = detachString(words.join(" "));
    const sources = createDistinctEstimate();
    const shape: Shape = {
      ...describeShape(key),
      key,
      words: key.split(" "),
      count: 0,
      first: now,
      last: now,
      sources,
      examples: [],
      constants: [],
      tokens: [],
      failuresBefore: failures,
      addresses: () => sources.count(),
    };
    this.#byKey.set(key, shape);
    return shape;
  }

  /** Evicts the least informative shape: seen most seldom, and of these the longest ago. */
  #evict(): void {
    const { key } = this.#byKey.values().reduce((worst, shape) => {
      const more = weightOf(shape) - weightOf(worst);
      return more < 0 || (more === 0 && shape.last < worst.last) ? shape : worst;
    });
    this.#byKey.delete(key);
    this.#evicted++;
  }

  /** Absorbs shapes of clients who put more than a name into the name, seen before any honest line. */
  #absorb(shape: Shape, longer: readonly Shape[]): void {
    for (const one of longer) {
      this.#byKey.delete(one.key);
      addCounts(shape, one);
    }
  }

  shapes(): readonly Shape[] {
    return [...this.#byKey.values()];
  }

  /** Restores a shape of an earlier run; undefined: it has no example to rebuild it from. */
  restore({ examples, count: seen, addresses, first, last }: KeptShape): Shape | undefined {
    let shape: Shape | undefined;
    for (const example of examples) shape = this.add(example, first, 0);
    if (shape === undefined) return undefined;
    addUnnamed(shape, shape.key, addresses - shape.sources.count());
    shape.count = Math.max(shape.count, seen);
    shape.last = last;
    return shape;
  }

  /** Forgets shapes; their later messages form new ones. */
  forget(isForgotten: (shape: MinedShape) => boolean): void {
    for (const shape of this.#byKey.values()) if (isForgotten(shape)) this.#byKey.delete(shape.key);
  }
}

function valuesOf(tokens: readonly Token[]): readonly string[] {
  return tokens.flatMap(({ values }) => values);
}

function count(shape: Shape, values: readonly string[], message: string, now: Instant): Shape {
  const { constants } = shape;
  if (shape.count === 0 || constants.length !== values.length)
    constants.splice(0, constants.length, ...values.map((value) => detachString(value)));
  else
    for (const [i, value] of values.entries()) if (constants[i] !== value) constants[i] = undefined;
  shape.count++;
  shape.last = now;
  const before = shape.sources.count();
  addSource(shape, values[shape.peerSlot]);
  // Examples from different addresses show best which parts of a message vary.
  if (shape.examples.length === 0 || shape.sources.count() > before) takeExample(shape, message);
  return shape;
}

/** This host's own addresses are never banned, so they do not count. */
function addSource({ sources }: Shape, address: string | undefined): void {
  if (address === undefined || address.startsWith("127.") || address === "::1") return;
  sources.add(address);
}

/** Adds the counts of a shape that was joined into this one. */
function addCounts(shape: Shape, gone: Shape): void {
  shape.count += gone.count;
  addUnnamed(shape, gone.key, gone.sources.count());
}

/** Adds addresses of which only an estimated number is known. */
function addUnnamed({ sources }: Shape, from: string, number: number): void {
  for (let i = 0; i < Math.min(number, 1000); i++) sources.add(`${from} ${i}`);
}

function isLonger({ words, tokens }: Shape, than: readonly string[]): boolean {
  return words.length > than.length && matchShape(than, tokens) !== undefined;
}

function takeExample(shape: Shape, message: string): void {
  if (shape.examples.length >= MAX_EXAMPLES) return;
  if (message.length > MAX_EXAMPLE_LENGTH) return;
  const example = message.trimEnd();
  if (!shape.examples.includes(example)) shape.examples.push(detachString(example));
}

function weightOf({ count: seen, words: { length }, failureWords, peerSlot }: Shape): number {
  const suspicious = failureWords.length > 0 && peerSlot >= 0 && length > 0;
  return Math.min(seen, 1000) * (suspicious ? 4 : 1);
}
