/** Creates lines of maximum length from a filter's samples, so that its expressions backtrack. */
import type { FilterDefinition } from "../domain/filter-definition.ts";

/** Sources cut lines to this many characters. */
export const MAX_LINE_LENGTH = 16_384;

/** Cuts each sample in the middle and repeats a piece of it up to MAX_LINE_LENGTH. */
export function hostileSamples({ programs, samples }: FilterDefinition): readonly string[] {
  const tag = programs[0] === undefined ? "" : `Nov 23 04:11:05 web1 ${programs[0]}[42]: `;
  const messages = samples.map(({ line }) => line.replace(/^\S+ +\S+ \S+ \S+ \S+\[\d+\]: /, ""));
  return messages.flatMap((message) =>
    [3, 2].flatMap((part) => {
      const cut = Math.floor(message.length / part);
      return [message, message.slice(cut), message.slice(cut, cut + 12), " "].map((piece) =>
        `${tag}${message.slice(0, cut)}${(piece || " ").repeat(Math.ceil(MAX_LINE_LENGTH / Math.max(1, piece.length)))}`
          .slice(0, MAX_LINE_LENGTH - 1)
          .concat("!"),
      );
    }),
  );
}
