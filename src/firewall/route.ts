/**
 * Blocks hosts by routes that lead nowhere, where the packet filter is not ours to change. Such a route drops what this
 * host would send or forward to a banned address, so no connection with it works; what it sends still arrives, unless
 * the kernel's reverse path filter drops it. Routes have no end: the daemon removes them.
 */
import { ALL_PORTS } from "../domain/port-scope.ts";
import type { Subject } from "../domain/cidr.ts";
import type { EnforcedBlock, Enforcer, Prepared } from "../domain/enforcer.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { reasonOf } from "../host/explain-system-error.ts";
import { createSerialQueue } from "../host/serial-queue.ts";
import { findProgram } from "../host/process/find-program.ts";
import type { Emit } from "../telemetry/events.ts";
import type { IsAllowed } from "./admit-change.ts";
import { ABILITIES } from "./enforcer-abilities.ts";
import type { Unusable } from "./nftables.ts";
import { watchNotices } from "./notice-queue.ts";
import { applyChanges } from "./route/apply-changes.ts";
import { listBlocked } from "./route/effective-routes.ts";
import {
  changeRoutes,
  flushRoutes,
  listRoutes,
  METRIC,
  PROTOCOL,
  type RouteType,
} from "./route/route-table.ts";
import { watchRoutes } from "./route/watch-routes.ts";

export interface RouteOptions {
  /** Default: "blackhole". */
  readonly type?: RouteType;
  readonly isAllowed: IsAllowed;
  readonly emit: Emit;
}

/** Opens the enforcer. Fails with what is missing and how to fix it. Changes nothing. */
export async function openRoute(options: RouteOptions): Promise<Result<Enforcer, Unusable>> {
  const ip = findProgram("ip");
  if (ip === undefined)
    return fail({ reason: "the program ip is not installed", fix: "install the package iproute2" });
  // Deleting a route that does not exist proves the permission, and changes nothing.
  const probe = await changeRoutes(ip, "blackhole", [["delete", PROBE]]);
  const error = probe.get(0);
  if (error !== undefined && !/No such process/.test(error))
    return fail({
      reason: `cannot change routes: ${error}`,
      fix: "run it as root or with CAP_NET_ADMIN, with iproute2 4.20 or later",
    });
  return ok(routeOn(ip, options));
}

/** An address that is never a destination. */
const PROBE = "255.255.255.255" as Subject;

function routeOn(ip: string, options: RouteOptions): Enforcer {
  const { type = "blackhole", isAllowed, emit } = options;
  const held = new Set<Subject>();
  /** Runs one change at a time: a comparison must not see half of a change. */
  const inTurn = createSerialQueue();

  async function prepare(): Promise<Prepared> {
    const routes = await listRoutes(ip, "ours");
    held.clear();
    for (const { destination } of routes) held.add(destination);
    // An earlier run may have used another type. Replacing them leaves no gap.
    const others = routes.filter((route) => route.type !== type);
    const errors = await changeRoutes(
      ip,
      type,
      others.map(({ destination }) => ["replace", destination]),
    );
    const error = errors.values().next().value;
    const structure = `${routes.length} routes of type ${type}, protocol ${PROTOCOL}, metric ${METRIC} in the table main`;
    return { error, repaired: others.length > 0, structure };
  }

  return {
    name: "route",
    enforcing: true,
    abilities: ABILITIES.route,
    prepare: () =>
      inTurn(prepare).catch((error: unknown) => ({
        ...{ error: reasonOf(error), repaired: false, structure: undefined },
      })),
    apply: (changes, now) =>
      inTurn(() => applyChanges({ ip, type, isAllowed, held }, changes, now)),
    list: () => list(ip),
    lookup: undefined,
    count: async (subjects) => {
      const listed = Map.groupBy(await list(ip), ({ subject }) => subject);
      return subjects.flatMap((subject) => listed.get(subject) ?? []);
    },
    watch: (signal) =>
      watchNotices(
        emit,
        (onNotice) => void watchRoutes({ ip, held, inTurn, onNotice }, signal),
        signal,
      ),
    removeAll: async () => {
      held.clear();
      try {
        await flushRoutes(ip);
        return ok(undefined);
      } catch (error) {
        return fail(reasonOf(error));
      }
    },
    close: async () => {},
  };
}

async function list(ip: string): Promise<readonly EnforcedBlock[]> {
  return (await listBlocked(ip)).map((subject) => ({
    ...{ subject, scope: ALL_PORTS },
    ...{ packets: undefined, left: undefined },
  }));
}
