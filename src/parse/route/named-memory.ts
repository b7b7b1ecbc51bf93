/** Remembers the names of columns that a log says itself; in the log of containers, those of one of their streams. */
import type { LineBatch } from "../../domain/line-batch.ts";
import { unwrapLine } from "../structured/unwrap-line.ts";
import { ContainerPrefixes } from "./container-prefix.ts";
import { CsvHeaders } from "./csv-header-lines.ts";
import { W3cMemory } from "./w3c-memory.ts";

export class NamedMemory {
  readonly w3c: W3cMemory = new W3cMemory();
  readonly csvHeaders: CsvHeaders = new CsvHeaders();
}

/** Where a line is in its log. */
export type NamingBatch = Pick<LineBatch, "content" | "eachBefore" | "lastBefore">;

/** Returns a program's text in a line; undefined: it is another's line. */
type ReadText = (line: string) => string | undefined;

/** Reads lines of one stream of a container. */
export function ofStream(stream: string): ReadText {
  return (line) => {
    const wrapped = unwrapLine(line, () => false);
    return wrapped?.stream === stream && wrapped.extent === "whole" ? wrapped.text : undefined;
  };
}

/** Reads lines with the prefix of a container. */
export function behindPrefix(prefix: string): ReadText {
  const prefixes = new ContainerPrefixes([{ prefix }]);
  return (line) => prefixes.read(line)?.text;
}

/** Returns how the text before a batch is read as that of one program. */
export function positionIn({ content, eachBefore }: NamingBatch, read: ReadText): NamingBatch {
  if (eachBefore === undefined) return { content };
  const eachOf = (visit: (text: string) => void): void =>
    eachBefore((line) => {
      const text = read(line);
      if (text !== undefined) visit(text);
    });
  return {
    content,
    eachBefore: eachOf,
    lastBefore(opening) {
      let found: string | undefined;
      eachOf((text) => {
        if (text.startsWith(opening)) found = text;
      });
      return found;
    },
  };
}
