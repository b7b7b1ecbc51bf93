/**
 * Groups unrecognized messages by shape: constant words and typed slots. For each shape it keeps the count, the first
 * time, an estimated number of addresses, and a few examples.
 * It joins shapes only if a rule made from the result stays safe: if they differ in one word that varies freely and has
 * no meaning, or in the length of a name. If too many shapes begin alike, further messages are counted together by
 * their beginning.
 *
 * Bounds: MAX_SHAPES shapes, MAX_ALIKE with the same beginning, MAX_EXAMPLES examples of MAX_EXAMPLE_LENGTH each. A
 * message costs at most one comparison with each shape of its length.
 */
import type { Instant } from "../../domain/instant.ts";
import { detachString } from "../../domain/detach-string.ts";
import { createDistinctEstimate, type DistinctEstimate } from "./distinct-estimate.ts";
import { describeShape, type ShapeTraits } from "./describe-shape.ts";
import { holdsName, matchShape, oneDifference, REST, WORD } from "./match-shape.ts";
import { slotOf, type Token, tokenize, type Tokens } from "./message-tokens.ts";

export interface MinedShape extends ShapeTraits {
  /** Templates of its words, joined by blanks: equal for equal shapes, also after a restart. */
  readonly key: string;
  count: number;
  readonly first: Instant;
  last: Instant;
  /** Complete messages, so that each can become a sample. */
  readonly examples: readonly string[];
  /** The constant value of each slot; undefined where it varied. */
  readonly constants: readonly (string | undefined)[];
  /** Failures that other rules had counted when the shape was first seen. */
  readonly failuresBefore: number;
  /** Returns the estimated number of different addresses. */
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
/** If this many shapes differ only in one word, that word is a variable. */
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
  readonly #tokenize: (message: string) => Tokens;
  #evicted = 0;

  constructor(split: (message: string) => Tokens = tokenize) {
    this.#tokenize = split;
  }

  /** Number of shapes evicted for lack of space. */
  get evicted(): number {
    return this.#evicted;
  }

  add(message: string, now: Instant, failures: number): Shape {
    const { tokens, whole } = this.#tokenize(message);
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

  /** Returns the most frequent matching shape, because clients seldom forge that one. */
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

  /** Counts a message with all others with the same beginning, if there are too many different ones. */
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

  /** Evicts the shape with fewest messages; among equals, the one not seen for the longest time. */
  #evict(): void {
    const { key } = this.#byKey.values().reduce((worst, shape) => {
      const more = weightOf(shape) - weightOf(worst);
      return more < 0 || (more === 0 && shape.last < worst.last) ? shape : worst;
    });
    this.#byKey.delete(key);
    this.#evicted++;
  }

  /** Merges longer shapes into this one: clients wrote several words as a name, before any ordinary line came. */
  #absorb(shape: Shape, longer: readonly Shape[]): void {
    for (const one of longer) {
      this.#byKey.delete(one.key);
      addCounts(shape, one);
    }
  }

  shapes(): readonly Shape[] {
    return [...this.#byKey.values()];
  }

  /** Restores a shape of an earlier run; undefined if it has no example. */
  restore({ examples, count: seen, addresses, first, last }: KeptShape): Shape | undefined {
    let shape: Shape | undefined;
    for (const example of examples) shape = this.add(example, first, 0);
    if (shape === undefined) return undefined;
    addUnnamed(shape, shape.key, addresses - shape.sources.count());
    shape.count = Math.max(shape.count, seen);
    shape.last = last;
    return shape;
  }

  /** Removes shapes; later messages of the same form create new ones. */
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
  // Messages from a new address show best which parts vary.
  if (shape.examples.length === 0 || shape.sources.count() > before) takeExample(shape, message);
  return shape;
}

/** Adds the address of a message, unless it is this host's: those are never banned. */
function addSource({ sources }: Shape, address: string | undefined): void {
  if (address === undefined || address.startsWith("127.") || address === "::1") return;
  sources.add(address);
}

/** Adds the counts of a shape that was merged into this one. */
function addCounts(shape: Shape, gone: Shape): void {
  shape.count += gone.count;
  addUnnamed(shape, gone.key, gone.sources.count());
}

/** Adds an estimated number of addresses that are not known, with made-up keys. */
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
