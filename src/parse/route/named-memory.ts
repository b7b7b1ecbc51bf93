/** Remembers the names of columns that a log says itself; in the log of a container, those of one of its streams. */
import type { LineBatch } from "../../domain/line-batch.ts";
import { unwrapLine } from "../structured/unwrap-line.ts";
import { CsvHeaders } from "./csv-header-lines.ts";
import { W3cMemory } from "./w3c-memory.ts";

export class NamedMemory {
  readonly w3c: W3cMemory = new W3cMemory();
  readonly csvHeaders: CsvHeaders = new CsvHeaders();
}

/** Where a line is in its log. */
export type NamingBatch = Pick<LineBatch, "content" | "eachBefore" | "lastBefore">;

/** Returns how the text before a batch is read as that of one stream of a container. */
export function positionIn({ content, eachBefore }: NamingBatch, stream: string): NamingBatch {
  if (eachBefore === undefined) return { content };
  const eachOf = (visit: (text: string) => void): void =>
    eachBefore((line) => {
      const wrapped = unwrapLine(line, () => false);
      if (wrapped?.stream === stream && wrapped.extent === "whole") visit(wrapped.text);
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
