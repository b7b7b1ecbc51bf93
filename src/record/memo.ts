/** Small facts the daemon wants back after a restart, by name, kept in the book beside the positions in logs. */
import type { BanBook } from "../domain/ban-book.ts";

export interface Memo {
  recall(name: string): string | undefined;
  remember(name: string, text: string): void;
}

export function createMemo(book: BanBook): Memo {
  const keyOf = (name: string): string => `memo ${name}`;
  return {
    recall: (name) => book.cursor(keyOf(name))?.value,
    remember(name, text) {
      book.commit({ steps: [], cursors: [{ key: keyOf(name), value: text }] });
    },
  };
}
