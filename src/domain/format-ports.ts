/** Formats ports for people in the notation of the configuration: "22, 8000-8002, 53/udp". A number alone means TCP. */
import { ALL_PORTS, OBSERVED, type Port, portScope, portsOf } from "./port-scope.ts";

const SINGLE_PORT = /^\d+(?:\/udp)?$/;

/** Formats ports: "22, 53/udp". Three or more consecutive ones become a range. */
export function formatPorts(ports: readonly Port[]): string {
  return listKeys(ports).join(", ");
}

/** Formats ports as the value of a setting: `[22, "53/udp"]`. */
export function formatPortsSetting(ports: readonly Port[]): string {
  const entries = listKeys(ports).map((key) => (/^\d+$/.test(key) ? key : `"${key}"`));
  return `[${entries.join(", ")}]`;
}

/** Formats ports in a sentence: "port 22", "ports 22, 2222". */
export function namePorts(ports: readonly Port[]): string {
  const keys = formatPorts(ports);
  return `${SINGLE_PORT.test(keys) ? "port" : "ports"} ${keys}`;
}

/** Formats the text of a scope, such as "tcp/22,udp/53". "all", "none" and texts of a newer daemon stay as they are. */
export function formatScope(scope: string): string {
  const ports = scope.split(",").map(readPort);
  return ports.includes(undefined)
    ? scope
    : formatPorts(ports.filter((port) => port !== undefined));
}

/** Formats the text of a scope in a sentence: "port 22", "ports 22, 53/udp", "all ports". */
export function nameScope(scope: string): string {
  if (scope === ALL_PORTS) return "all ports";
  if (scope === OBSERVED) return "no port";
  const keys = formatScope(scope);
  return `${SINGLE_PORT.test(keys) ? "port" : "ports"} ${keys}`;
}

function readPort(text: string): Port | undefined {
  const [, protocol, number] = /^(tcp|udp)\/(\d+)$/.exec(text) ?? [];
  return protocol === "tcp" || protocol === "udp"
    ? { protocol, number: Number(number) }
    : undefined;
}

function listKeys(ports: readonly Port[]): readonly string[] {
  const distinct = portsOf(portScope(ports));
  return [...Map.groupBy(distinct, ({ protocol }) => protocol)].flatMap(([protocol, group]) =>
    joinRanges(group.map(({ number }) => number)).map((key) =>
      protocol === "udp" ? `${key}/udp` : key,
    ),
  );
}

/** Joins three or more consecutive numbers of a sorted list to a range. */
function joinRanges(numbers: readonly number[]): readonly string[] {
  const runs: number[][] = [];
  for (const number of numbers) {
    const run = runs.at(-1);
    if (run !== undefined && run.at(-1) === number - 1) run.push(number);
    else runs.push([number]);
  }
  return runs.flatMap((run) => (run.length < 3 ? run.map(String) : `${run[0]}-${run.at(-1)}`));
}
