import { nextTurn } from "../host/timers.ts";

/** A list that is created while it is sent: each page after the page before it. */
export type PagedList<Item> = AsyncIterable<readonly Item[]>;

export function isPaged(reply: unknown): reply is PagedList<unknown> {
  return typeof reply === "object" && reply !== null && Symbol.asyncIterator in reply;
}

/** Splits an iterable into pages, and lets the event loop run between two pages. */
export async function* inPages<Item>(items: Iterable<Item>, size: number): PagedGenerator<Item> {
  let page: Item[] = [];
  for (const item of items) {
    page.push(item);
    if (page.length < size) continue;
    yield page;
    page = [];
    await nextTurn();
  }
  yield page;
}

type PagedGenerator<Item> = AsyncGenerator<readonly Item[], void>;
