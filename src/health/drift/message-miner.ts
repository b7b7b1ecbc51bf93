/**
 * Groups messages that no rule knows by shape, online and in bounded memory: constant words and typed slots, how often,
 * since when, from about how many addresses, and a few examples.
 * Shapes are joined only where that is safe for a rule made of them: in one word that varies freely and says nothing,
 * or in the length of a name. A message whose kind varies in more than that is counted with the rest of its beginning.
 *
 * Bounds: MAX_SHAPES shapes, MAX_ALIKE with the same beginning, MAX_EXAMPLES examples of EXAMPLE_LENGTH each; the cost of
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
  /** Per slot what always stood there; undefined where it varied. */
  readonly constants: readonly (string | undefined)[];
  /** Lines the caller had counted as failures by other rules when it was first seen. */
  readonly failuresBefore: number;
  /** About how many different addresses. */
  addresses(): number;
}

export interface MessageMiner {
  add(message: string, now: Instant, failures: number): MinedShape;
  shapes(): readonly MinedShape[];
  /** Takes in what an earlier run had found; undefined when there was no example to find it again by. */
  restore(kept: KeptShape): MinedShape | undefined;
  /** Forgets shapes; later messages of theirs begin anew. */
  forget(is: (shape: MinedShape) => boolean): void;
  /** Shapes forgotten for want of room. */
  readonly evicted: number;
}

/** What is kept of a shape over a restart. */
export interface KeptShape {
  readonly examples: readonly string[];
  readonly count: number;
  readonly addresses: number;
  readonly first: Instant;
  readonly last: Instant;
}

export const MAX_SHAPES = 256;
const MAX_ALIKE = 24;
/** Kinds of a line that differ in one word: so many, and the word is taken for a value. */
const ALIKE_TO_JOIN = 4;
const MAX_EXAMPLES = 4;
const EXAMPLE_LENGTH = 400;
const HEAD_WORDS = 2;
const ADDRESS = slotOf("ip");

interface Shape extends MinedShape {
  readonly words: readonly string[];
  readonly sources: DistinctEstimate;
  readonly examples: string[];
  readonly constants: (string | undefined)[];
  /** Of its first message. */
  tokens: readonly Token[];
}

export function createMessageMiner(): MessageMiner {
  const byKey = new Map<string, Shape>();
  let evicted = 0;

  function add(message: string, now: Instant, failures: number): Shape {
    const { tokens, whole } = tokenize(message);
    const words = tokens.map(({ template }) => template);
    if (!whole) words.push(REST);
    const exact = byKey.get(words.join(" "));
    if (exact !== undefined) return count(exact, valuesOf(tokens), message, now);
    const known = whole ? findAlike(tokens) : undefined;
    if (known !== undefined) return count(known.shape, known.values, message, now);
    const joined = whole ? join(tokens, now) : undefined;
    if (joined !== undefined)
      return count(joined, matchShape(joined.words, tokens) ?? [], message, now);
    const head = words.slice(0, HEAD_WORDS);
    const alike = shapesAlike(head);
    const longer = holdsName(words) ? alike.filter((shape) => isLonger(shape, words)) : [];
    if (alike.length - longer.length < MAX_ALIKE) {
      const fresh = begin(words, now, failures);
      fresh.tokens = tokens;
      takeIn(fresh, longer);
      return count(fresh, valuesOf(tokens), message, now);
    }
    const rest = [...head, REST];
    const shape = byKey.get(rest.join(" ")) ?? begin(rest, now, failures);
    const address = tokens.findLast(({ template }) => template.includes(ADDRESS));
    if (address !== undefined) addSource(shape, address.values[0]);
    return count(shape, [], message, now);
  }

  /** Shapes of clients who put more into the name than a name, seen before any honest line was. */
  function takeIn(shape: Shape, longer: readonly Shape[]): void {
    for (const { key, count: seen, sources } of longer) {
      byKey.delete(key);
      shape.count += seen;
      addUnnamed(shape, key, sources.count());
    }
  }

  /** Of several that fit, the one seen most: what a client made up is seldom it. */
  function findAlike(
    tokens: readonly Token[],
  ): { readonly shape: Shape; readonly values: readonly string[] } | undefined {
    let best: { readonly shape: Shape; readonly values: readonly string[] } | undefined;
    for (const shape of byKey.values()) {
      if (shape.count <= (best?.shape.count ?? 0)) continue;
      const values = matchShape(shape.words, tokens);
      if (values !== undefined) best = { shape, values };
    }
    return best;
  }

  /** Makes one of shapes that differ from the message, and from each other, in the same word only. */
  function join(tokens: readonly Token[], now: Instant): Shape | undefined {
    const places = Map.groupBy(byKey.values(), ({ words }) => oneDifference(words, tokens));
    places.delete(-1);
    for (const [place, alike] of places) {
      if (alike.length + 1 < ALIKE_TO_JOIN) continue;
      const words = tokens.map(({ template }, i) => (i === place ? WORD : template));
      for (const { key } of alike) byKey.delete(key);
      const first = alike.reduce((a, b) => (a.first <= b.first ? a : b));
      const joined = begin(words, first.first, first.failuresBefore);
      for (const shape of alike) {
        for (const example of shape.examples.slice(0, 1)) takeExample(joined, example);
        joined.count += shape.count;
        addUnnamed(joined, shape.key, shape.sources.count());
      }
      joined.last = now;
      return joined;
    }
    return undefined;
  }

  function begin(words: readonly string[], now: Instant, failures: number): Shape {
    if (byKey.size >= MAX_SHAPES) evict();
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
    byKey.set(key, shape);
    return shape;
  }

  /** The one that says least: seen seldom, and of these the longest ago. */
  function evict(): void {
    let worst: Shape | undefined;
    for (const shape of byKey.values()) {
      if (worst === undefined || weightOf(shape) < weightOf(worst)) worst = shape;
      else if (weightOf(shape) === weightOf(worst) && shape.last < worst.last) worst = shape;
    }
    if (worst === undefined) return;
    byKey.delete(worst.key);
    evicted++;
  }

  function shapesAlike(head: readonly string[]): readonly Shape[] {
    return [...byKey.values()].filter(({ words }) => head.every((word, i) => words[i] === word));
  }

  return {
    add,
    shapes: () => [...byKey.values()],
    restore({ examples, count: seen, addresses, first, last }) {
      let shape: Shape | undefined;
      for (const example of examples) shape = add(example, first, 0);
      if (shape === undefined) return undefined;
      addUnnamed(shape, shape.key, addresses - shape.sources.count());
      shape.count = Math.max(shape.count, seen);
      shape.last = last;
      return shape;
    },
    forget(is) {
      for (const shape of byKey.values()) if (is(shape)) byKey.delete(shape.key);
    },
    get evicted() {
      return evicted;
    },
  };
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
  // One example is not enough to see what varies; those of other addresses show most.
  if (shape.examples.length === 0 || shape.sources.count() > before) takeExample(shape, message);
  return shape;
}

/** This host itself is nobody to be banned. */
function addSource({ sources }: Shape, address: string | undefined): void {
  if (address === undefined || address.startsWith("127.") || address === "::1") return;
  sources.add(address);
}

/** Which addresses these were is not known any more, only about how many. */
function addUnnamed({ sources }: Shape, from: string, number: number): void {
  for (let i = 0; i < Math.min(number, 1000); i++) sources.add(`${from} ${i}`);
}

function isLonger({ words, tokens }: Shape, than: readonly string[]): boolean {
  return words.length > than.length && matchShape(than, tokens) !== undefined;
}

function takeExample(shape: Shape, message: string): void {
  if (shape.examples.length >= MAX_EXAMPLES) return;
  if (message.length > EXAMPLE_LENGTH) return;
  const example = message.trimEnd();
  if (!shape.examples.includes(example)) shape.examples.push(detachString(example));
}

function weightOf({ count: seen, words: { length }, failureWords, peerSlot }: Shape): number {
  const suspicious = failureWords.length > 0 && peerSlot >= 0 && length > 0;
  return Math.min(seen, 1000) * (suspicious ? 4 : 1);
}
