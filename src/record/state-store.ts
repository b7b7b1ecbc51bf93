/** Stores small named texts in the book for modules that need them after a restart. */
import type { JudgingBook } from "../domain/judging-book.ts";

export interface StateStore {
  load(name: string): string | undefined;
  save(name: string, text: string): void;
}

export function createStateStore(book: Pick<JudgingBook, "commit" | "cursor">): StateStore {
  const keyOf = (name: string): string => `memo ${name}`;
  return {
    load: (name) => book.cursor(keyOf(name))?.value,
    save(name, text) {
      book.commit({ steps: [], cursors: [{ key: keyOf(name), value: text }] });
    },
  };
}
