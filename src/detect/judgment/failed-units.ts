/**
 * Counts which of 256 addresses of a network failed once, and which twice, in this generation and the one before: one
 * bit for each.
 */

export interface Failed {
  generation: number;
  /** Failures in this generation and the one before, about. */
  failures: number;
  /** Once and twice in this generation, then once and twice in the one before. */
  readonly bits: Uint32Array;
  /** Number of addresses that failed at least twice, so that bits are not counted at each failure. */
  offenders: number;
}

/** 256 bits as words of 32. */
const WORDS = 8;
const TWICE = WORDS;
const BEFORE = 2 * WORDS;

/** Returns the network in its state of a generation; undefined: a new one. */
export function takeNetwork(network: Failed | undefined, generation: number): Failed {
  if (network === undefined)
    return { generation, failures: 0, bits: new Uint32Array(4 * WORDS), offenders: 0 };
  const passed = generation - network.generation;
  if (passed <= 0) return network;
  if (passed === 1) network.bits.copyWithin(BEFORE, 0, BEFORE);
  else {
    network.bits.fill(0);
    network.failures = 0;
  }
  network.bits.fill(0, 0, BEFORE);
  network.generation = generation;
  network.offenders = countIn(network.bits, offendersIn);
  return network;
}

/**
 * Notes failures of the address at an index from 0 to 255. Returns whether they make it an offender: one that failed at
 * least twice.
 */
export function noteFailure(network: Failed, index: number, weight: number): boolean {
  const { bits } = network;
  network.failures += weight;
  const word = index >>> 5;
  const bit = 1 << (index & 31);
  const wasOffender = (offendersIn(bits, word) & bit) !== 0;
  const isAgain = weight > 1 || ((bits[word] ?? 0) & bit) !== 0;
  bits[word] = (bits[word] ?? 0) | bit;
  if (isAgain) bits[TWICE + word] = (bits[TWICE + word] ?? 0) | bit;
  const isNew = !wasOffender && (offendersIn(bits, word) & bit) !== 0;
  if (isNew) network.offenders++;
  return isNew;
}

/** Replaces the failures by those of a saved network of the same generation. */
export function restoreFailures(
  network: Failed,
  { failures, bits }: { readonly failures: number; readonly bits: readonly number[] },
): void {
  network.failures = failures;
  network.bits.set(bits.slice(0, network.bits.length));
  network.offenders = countIn(network.bits, offendersIn);
}

/** Counts the addresses that failed at least twice, of a network that may be one of an earlier generation. */
export function countOffenders({ generation, bits, offenders }: Failed, now: number): number {
  const passed = now - generation;
  if (passed > 1) return 0;
  // After one generation, only what is now the one before still counts.
  return passed === 1 ? countIn(bits, twiceIn) : offenders;
}

function countIn(bits: Uint32Array, select: (bits: Uint32Array, word: number) => number): number {
  let count = 0;
  for (let word = 0; word < WORDS; word++) count += countBits(select(bits, word));
  return count;
}

function twiceIn(bits: Uint32Array, word: number): number {
  return bits[TWICE + word] ?? 0;
}

function offendersIn(bits: Uint32Array, word: number): number {
  const twice = (bits[TWICE + word] ?? 0) | (bits[BEFORE + TWICE + word] ?? 0);
  return twice | ((bits[word] ?? 0) & (bits[BEFORE + word] ?? 0));
}

function countBits(word: number): number {
  let bits = word >>> 0;
  let count = 0;
  for (; bits !== 0; bits = (bits & (bits - 1)) >>> 0) count++;
  return count;
}
