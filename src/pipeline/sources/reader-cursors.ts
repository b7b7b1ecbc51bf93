/**
 * Stores where readers continue. A position is saved twice: for its reader, because another one may read the same file
 * for other jails, and for the first reader of the file after the configuration changed. If a reader was removed from
 * the configuration and is added again, lines that others read in between would count twice, so its positions are
 * voided. The list of such positions is stored in the book too.
 */
import type { BanBook } from "../../domain/ban-book.ts";
import type { Cursor } from "../../domain/line-batch.ts";

export interface ReaderCursors {
  /** Returns the position for a reader at a key of its source. */
  resume(reader: string, key: string): string | undefined;
  /** Returns the keys at which a position of the reader itself was saved. */
  keysOf(reader: string): readonly string[];
  /** Returns the cursors to save with the lines before `cursor`. */
  cursorsOf(reader: string, cursor: Cursor | undefined): readonly Cursor[];
  /** Voids the positions of all readers except these. */
  keepOnly(readers: ReadonlySet<string>): void;
}

/** Key of the list of the readers' own positions, each a pair of reader and key. */
const LIST = "readers";
const VOID = "";

export function createReaderCursors(book: BanBook): ReaderCursors {
  let list = readList(book.cursor(LIST)?.value);
  let known = new Set(list.map(([reader, key]) => ownKey(reader, key)));

  function saveList(next: readonly Pair[]): Cursor {
    list = next;
    known = new Set(list.map(([reader, key]) => ownKey(reader, key)));
    return { key: LIST, value: JSON.stringify(list) };
  }

  return {
    resume(reader, key) {
      const own = book.cursor(ownKey(reader, key))?.value;
      return own === undefined || own === VOID ? book.cursor(sharedKey(key))?.value : own;
    },
    keysOf: (reader) => list.filter(([one]) => one === reader).map(([, key]) => key),
    cursorsOf(reader, cursor) {
      if (cursor === undefined) return [];
      const { key, value } = cursor;
      const own = ownKey(reader, key);
      const noted = known.has(own) ? [] : [saveList([...list, [reader, key]])];
      return [{ key: own, value }, { key: sharedKey(key), value }, ...noted];
    },
    keepOnly(readers) {
      const gone = list.filter(([reader]) => !readers.has(reader));
      if (gone.length === 0) return;
      const voided = gone.map(([reader, key]) => ({ key: ownKey(reader, key), value: VOID }));
      const kept = saveList(list.filter(([reader]) => readers.has(reader)));
      book.commit({ steps: [], cursors: [...voided, kept] });
    },
  };
}

type Pair = readonly [reader: string, key: string];

function readList(text: string | undefined): readonly Pair[] {
  const parsed: unknown = text === undefined ? [] : JSON.parse(text);
  if (!Array.isArray(parsed)) return [];
  return parsed.flatMap((pair: unknown): readonly Pair[] => {
    if (!Array.isArray(pair)) return [];
    const [reader, key]: unknown[] = pair;
    return typeof reader === "string" && typeof key === "string" ? [[reader, key]] : [];
  });
}

function ownKey(reader: string, key: string): string {
  return `${reader} ${key}`;
}

/** Returns the key that all readers of one journal share, whatever entries they select. */
function sharedKey(key: string): string {
  return key.startsWith("journal:") ? key.split(":").slice(0, 2).join(":") : key;
}
