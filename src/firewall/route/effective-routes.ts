/**
 * Finds which of our routes have an effect. A route of another program precedes one of ours if it leads to the same
 * destination with a lower metric, or to a part of it.
 */
import { type Subject, splitSubject, subjectContains, widthOf } from "../../domain/cidr.ts";
import { listRoutes, METRIC, type Route } from "./route-table.ts";

/** Lists the destinations that our routes block. Rejects if the routes cannot be read. */
export async function listBlocked(ip: string): Promise<readonly Subject[]> {
  const routes = await listRoutes(ip, "all");
  const others = routes.filter(({ isOurs, type }) => !isOurs && type === "unicast");
  const preceded = new Set(
    others.filter(({ metric }) => metric < METRIC).map(({ destination }) => destination),
  );
  return routes
    .filter(({ isOurs }) => isOurs)
    .map(({ destination }) => destination)
    .filter((one) => !preceded.has(one) && moreSpecific(one, others) === undefined);
}

/** Returns a route among `others` to a part of this network. */
export function moreSpecific(subject: Subject, others: readonly Route[]): Route | undefined {
  if (!isNetwork(subject)) return undefined;
  return others.find(
    ({ destination, type }) =>
      type === "unicast" && destination !== subject && subjectContains(subject, destination),
  );
}

export function isNetwork(subject: Subject): boolean {
  const { family, prefix } = splitSubject(subject);
  return prefix < widthOf(family);
}
