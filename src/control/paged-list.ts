import { nextTurn } from "../host/timers.ts";

/** A list that is created while it is sent: each page after the page before it. */
export type PagedList<Item> = AsyncIterable<readonly Item[]>;

export function isPaged(reply: unknown): reply is PagedList<unknown> {
  return typeof reply === "object" && reply !== null && Symbol.asyncIterator in reply;
}

/** Which items of a list are sent: at most `limit` of the wanted ones. */
export interface Selection<Item> {
  readonly isWanted: (item: Item) => boolean;
  readonly limit: number;
}

/**
 * Splits the selected items into pages, and lets the event loop run between two pages. A page ends after `size` items
 * were read, wanted or not.
 */
export async function* inPages<Item>(
  items: Iterable<Item>,
  size: number,
  { isWanted, limit }: Selection<Item> = { isWanted: () => true, limit: Infinity },
): PagedGenerator<Item> {
  let page: Item[] = [];
  let [read, left] = [0, limit];
  for (const item of items) {
    if (isWanted(item)) {
      page.push(item);
      if (--left === 0) break;
    }
    if (++read % size !== 0) continue;
    yield page;
    page = [];
    await nextTurn();
  }
  yield page;
}

type PagedGenerator<Item> = AsyncGenerator<readonly Item[], void>;
