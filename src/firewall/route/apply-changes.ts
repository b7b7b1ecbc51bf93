/**
 * Applies changes as routes. A block counts as applied only when the kernel, asked for the way to its address, has
 * none: another program's route to the same destination may precede ours, and a more specific one always does.
 */
import { type Subject, splitSubject } from "../../domain/cidr.ts";
import type { Change, Refusal } from "../../domain/enforcer.ts";
import type { Instant } from "../../domain/instant.ts";
import { reasonOf } from "../../host/explain-system-error.ts";
import { admitChange, type IsAllowed } from "../admit-change.ts";
import { isNetwork, moreSpecific } from "./effective-routes.ts";
import {
  changeRoutes,
  findUnroutable,
  listRoutes,
  type RouteChange,
  type RouteType,
} from "./route-table.ts";

export interface ApplyTo {
  readonly ip: string;
  readonly type: RouteType;
  readonly isAllowed: IsAllowed;
  /** Destinations of our routes, as far as this process knows. Changed before the kernel is; see watch-routes.ts. */
  readonly held: Set<Subject>;
}

export async function applyChanges(
  to: ApplyTo,
  changes: readonly Change[],
  now: Instant,
): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = [];
  const last = new Map<Subject, Change>();
  for (const change of changes) {
    const refusal = admitChange(change, to.isAllowed, "host") ?? refuseDefault(change);
    if (refusal === undefined) last.set(change.subject, change);
    else refusals.push(refusal);
  }
  const isAddition = (change: Change): boolean =>
    change.kind === "add" && (change.until === "forever" || change.until > now);
  const all = [...last.values()];
  try {
    refusals.push(...(await add(to, all.filter(isAddition))));
    refusals.push(
      ...(await remove(
        to,
        all.filter((change) => !isAddition(change)),
      )),
    );
    return refusals;
  } catch (error) {
    const done = new Set(refusals.map(({ change }) => change));
    const rest = all.filter((change) => !done.has(change));
    return [...refusals, ...rest.map((change) => retryable(change, reasonOf(error)))];
  }
}

/** A route to every address would replace the default route of the host. */
function refuseDefault(change: Change): Refusal | undefined {
  if (change.kind === "remove" || splitSubject(change.subject).prefix > 0) return undefined;
  return { change, error: "a route cannot block every address", retryable: false };
}

async function add(to: ApplyTo, changes: readonly Change[]): Promise<readonly Refusal[]> {
  const others = changes.some(({ subject }) => isNetwork(subject))
    ? (await listRoutes(to.ip, "all")).filter(({ isOurs }) => !isOurs)
    : [];
  const refusals: Refusal[] = [];
  const added = changes.filter((change) => {
    const inner = moreSpecific(change.subject, others);
    if (inner === undefined) return true;
    const route = `${inner.destination} ${inner.target}`;
    refusals.push(retryable(change, `the more specific route ${route} would not be blocked`));
    return false;
  });
  for (const { subject } of added) to.held.add(subject);
  const errors = await changeRoutes(to.ip, to.type, routeChanges("add", added));
  const unroutable = await findUnroutable(to.ip, added.map(addressOf));
  // Adding a route again fails as well, so a failure says nothing about whose route it is.
  const ours = errors.size === 0 ? undefined : await ourDestinations(to);
  const failed = added.flatMap((change, i): readonly Refusal[] => {
    const error = errors.get(i);
    if (error !== undefined && ours?.has(change.subject) !== true)
      return [retryable(change, explainAddError(error))];
    return unroutable.has(i)
      ? []
      : [retryable(change, "a route of another program or a routing rule precedes ours")];
  });
  await takeBack(to, failed);
  return [...refusals, ...failed];
}

function explainAddError(error: string): string {
  return /File exists/.test(error) ? "another program has a route to the same destination" : error;
}

/** Removes routes of ours that have no effect, so that none is listed as a block. */
async function takeBack(to: ApplyTo, refused: readonly Refusal[]): Promise<void> {
  const subjects = refused.map(({ change }) => change);
  for (const { subject } of subjects) to.held.delete(subject);
  await changeRoutes(to.ip, to.type, routeChanges("delete", subjects));
}

async function remove(to: ApplyTo, changes: readonly Change[]): Promise<readonly Refusal[]> {
  for (const { subject } of changes) to.held.delete(subject);
  const errors = await changeRoutes(to.ip, to.type, routeChanges("delete", changes));
  return changes.flatMap((change, i): readonly Refusal[] => {
    const error = errors.get(i);
    if (error === undefined || /No such process/.test(error)) return [];
    return [retryable(change, error)];
  });
}

async function ourDestinations({ ip, type }: ApplyTo): Promise<ReadonlySet<Subject>> {
  const routes = await listRoutes(ip, "ours");
  return new Set(routes.filter((route) => route.type === type).map((route) => route.destination));
}

function addressOf({ subject }: Change): string {
  return splitSubject(subject).ip;
}

function routeChanges(
  kind: RouteChange[0],
  changes: readonly Pick<Change, "subject">[],
): readonly RouteChange[] {
  return changes.map(({ subject }) => [kind, subject]);
}

function retryable(change: Change, error: string): Refusal {
  return { change, error, retryable: true };
}
