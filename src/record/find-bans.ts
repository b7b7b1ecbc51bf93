/** Finds current bans without blocking the event loop for long, and with bounded memory. */
import type { BookedBan } from "../domain/ban.ts";
import type { BanQuery, FoundBans } from "../domain/ban-query.ts";
import { parseSubject } from "../domain/cidr.ts";
import { parseJailName } from "../domain/jail-name.ts";
import { nextTurn } from "../host/timers.ts";
import type { Store } from "./store.ts";
import type { BanMatch, ScanPosition } from "./tables/find-bans.ts";

export async function findBans(store: Store, query: BanQuery): Promise<FoundBans> {
  const isShort = store.read((tables) => tables.findBans.isIndexed(query));
  if (isShort) return store.read((tables) => tables.findBans.page(query));
  const wanted = query.offset + query.limit;
  let [best, found]: [BanMatch[], number] = [[], 0];
  let position: ScanPosition | undefined = ["", ""];
  while (position !== undefined) {
    const from: ScanPosition = position;
    const step = store.read((tables) => tables.findBans.scan(query, from));
    found += step.matches.length;
    best.push(...step.matches);
    if (best.length > 2 * wanted) best = sortMatches(best, query).slice(0, wanted);
    position = step.last;
    await nextTurn();
  }
  const page = sortMatches(best, query).slice(query.offset, wanted);
  return { found, bans: page.flatMap((match) => read(store, match) ?? []) };
}

function sortMatches(matches: readonly BanMatch[], { descending }: BanQuery): BanMatch[] {
  const sign = descending ? -1 : 1;
  return matches.toSorted(
    (a, b) =>
      sign *
      (compare(a.sorted, b.sorted) || compare(a.subject, b.subject) || compare(a.jail, b.jail)),
  );
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Returns undefined if the ban has ended since its row was read. */
function read(store: Store, { subject, jail }: BanMatch): BookedBan | undefined {
  const [parsed, name] = [parseSubject(subject), parseJailName(jail)];
  if (parsed === undefined || name === undefined) return undefined;
  return store.read((tables) => tables.bans.find(name, parsed));
}
