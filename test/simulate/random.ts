/**
 * Generates deterministic random numbers from a seed (splitmix32). Each purpose has a separate stream, selected by
 * name, so that one more draw for one purpose changes nothing for the others.
 */

export interface Random {
  /** Returns a number in [0, 1). */
  next(): number;
  /** Returns a whole number from `least` to `most`. */
  whole(least: number, most: number): number;
  chance(probability: number): boolean;
  /** Returns one of the values; throws if there are none. */
  pick<T>(values: readonly T[]): T;
  stream(name: string): Random;
}

export function createRandom(seed: number, path = ""): Random {
  let state = hashOf(`${seed}${path}`);
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 0x1_0000_0000;
  };
  return {
    next,
    whole: (least, most) => least + Math.floor(next() * (most - least + 1)),
    chance: (probability) => next() < probability,
    pick(values) {
      if (values.length === 0) throw new Error("nothing to pick from");
      return values[Math.floor(next() * values.length)] as (typeof values)[number];
    },
    stream: (name) => createRandom(seed, `${path}/${name}`),
  };
}

/** Returns the FNV-1a hash of a text. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}
