/**
 * Observes elements that are added to sets of a namespace. `nft monitor` reports single elements; a program counts
 * many.
 */
import { join } from "node:path";
import { type FollowedProgram, followProgram } from "./lines-of.ts";
import type { Namespace } from "./namespace.ts";

export function followMonitor(namespace: Namespace): FollowedProgram {
  return followProgram({
    argv: namespace.enter("/usr/sbin/nft", "monitor", "new", "elements"),
    stream: "stdout",
  });
}

/** Times of the first and the last element, in milliseconds of performance.now(). */
export interface Counted {
  readonly first: number;
  readonly last: number;
}

export interface ElementCount extends AsyncDisposable {
  /** Resolves with the times of the first and the last element; rejects if fewer came in time. */
  reached(withinMs: number): Promise<Counted>;
}

/** Starts to count elements; resolves when counting has begun. */
export async function countElements(namespace: Namespace, wanted: number): Promise<ElementCount> {
  const counter = join(import.meta.dirname, "count-elements.ts");
  const program = followProgram({
    argv: namespace.enter(process.execPath, counter, String(wanted)),
    stream: "stdout",
  });
  await program.first((text) => text === "listening", 10_000);
  return {
    async reached(withinMs) {
      const { text } = await program.first((line) => line.startsWith("done "), withinMs);
      const [first = Number.NaN, last = Number.NaN] = text
        .split(" ")
        .slice(1)
        .map((at) => Number(at) - performance.timeOrigin);
      return { first, last };
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}
