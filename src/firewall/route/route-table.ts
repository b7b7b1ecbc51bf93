/**
 * Reads and changes our routes in the kernel's main table with iproute2's `ip`, many in one call. Ours carry a protocol
 * number and a metric that no other program uses, so that none of another program is ever replaced or removed.
 */
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import { runProgram } from "../../host/process/run-program.ts";

/** What the kernel does with a packet to the destination: discards it, or also tells the sender (ip-route(8)). */
export type RouteType = "blackhole" | "unreachable" | "prohibit";

/** A protocol number that /etc/iproute2/rt_protos assigns to no program. */
export const PROTOCOL = 98;
/** Of several routes to one destination the lowest metric counts; 0 is that of most static IPv4 routes. */
export const METRIC = 1;

const OURS = `proto ${PROTOCOL} metric ${METRIC}`;
const TIMEOUT_MILLISECONDS = 60_000;
const FAMILIES = ["-4", "-6"] as const;

export interface Route {
  readonly destination: Subject;
  /** "unicast" for an ordinary route. */
  readonly type: string;
  readonly isOurs: boolean;
  readonly metric: number;
  /** Where an ordinary route leads, for messages: "dev eth0", "via 192.0.2.1". */
  readonly target: string;
}

/** Lists all routes of the main table, of both families. Rejects if they cannot be read. */
export async function listRoutes(ip: string, which: "ours" | "all"): Promise<readonly Route[]> {
  const filter = which === "ours" ? ["proto", String(PROTOCOL)] : [];
  const lists = await Promise.all(
    FAMILIES.map((family) => run(ip, [family, "-j", "route", "show", "table", "main", ...filter])),
  );
  return lists.flatMap(({ output, error, ok }) => {
    if (!ok) throw new Error(`cannot list the routes: ${shorten(error)}`);
    return output.trim() === "" ? [] : routesIn(JSON.parse(output), which);
  });
}

interface ListedRoute {
  readonly dst: string;
  readonly type?: string;
  readonly protocol?: string;
  readonly metric?: number;
  readonly gateway?: string;
  readonly dev?: string;
}

function routesIn(listed: readonly ListedRoute[], which: "ours" | "all"): readonly Route[] {
  return listed.flatMap(({ dst, type = "unicast", protocol, metric = 0, gateway, dev }) => {
    // "default" is a route to every address, which no block can be.
    const destination = parseSubject(dst);
    if (destination === undefined) return [];
    const target = gateway === undefined ? `dev ${dev}` : `via ${gateway}`;
    // `ip` leaves out the protocol that it was asked for.
    const isOurs = which === "ours" || protocol === String(PROTOCOL);
    return [{ destination, type, isOurs, metric, target }];
  });
}

export type RouteChange = readonly ["add" | "replace" | "delete", Subject];

/** Makes the changes, all that are possible. Returns the error of each that failed, by its place. */
export function changeRoutes(
  ip: string,
  type: RouteType,
  changes: readonly RouteChange[],
): Promise<ReadonlyMap<number, string>> {
  const commands = changes.map(([kind, subject]) =>
    kind === "delete"
      ? `route delete ${subject} ${OURS}`
      : `route ${kind} ${type} ${subject} ${OURS}`,
  );
  return runBatch(ip, commands);
}

/**
 * Asks the kernel for the route to each address. Returns the places of those to which it sends no packet, whatever the
 * route.
 */
export async function findUnroutable(
  ip: string,
  addresses: readonly string[],
): Promise<ReadonlySet<number>> {
  const failed = await runBatch(
    ip,
    addresses.map((address) => `route get ${address}`),
  );
  return new Set(failed.keys());
}

/** Removes all routes of ours. Rejects if some are left. */
export async function flushRoutes(ip: string): Promise<void> {
  for (const family of FAMILIES)
    await run(ip, [family, "route", "flush", "table", "main", "proto", String(PROTOCOL)]);
  const left = (await listRoutes(ip, "ours")).length;
  if (left > 0) throw new Error(`${left} routes could not be removed`);
}

/** Runs commands of `ip -batch`, and continues after an error. Returns the error of each that failed, by its place. */
async function runBatch(
  ip: string,
  commands: readonly string[],
): Promise<ReadonlyMap<number, string>> {
  if (commands.length === 0) return new Map();
  const input = `${commands.join("\n")}\n`;
  const end = await run(ip, ["-force", "-batch", "-"], input);
  const errors = parseBatchErrors(end.error);
  if (!end.ok && errors.size === 0) return new Map(commands.map((_, i) => [i, shorten(end.error)]));
  return errors;
}

/** Parses pairs of lines such as "RTNETLINK answers: File exists" and "Command failed -:3". */
export function parseBatchErrors(text: string): ReadonlyMap<number, string> {
  const errors = new Map<number, string>();
  let reason = "";
  for (const line of text.split("\n")) {
    const place = /^Command failed .*:(\d+)$/.exec(line)?.[1];
    if (place === undefined) reason = line.replace(/^(?:RTNETLINK answers|Error): /, "").trim();
    else errors.set(Number(place) - 1, reason);
  }
  return errors;
}

function run(ip: string, args: readonly string[], input = ""): ReturnType<typeof runProgram> {
  return runProgram({ argv: [ip, ...args], input, timeoutMilliseconds: TIMEOUT_MILLISECONDS });
}

function shorten(error: string): string {
  return error.split("\n")[0]?.slice(0, 200) ?? "";
}
