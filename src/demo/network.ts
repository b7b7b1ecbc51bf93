/**
 * Creates the lab's network: three namespaces, joined by veth pairs that exist only inside them.
 *
 * intruder: all of 192.0.2.0/24, and 1 to 9 of 2001:db8:a001::/64 to 2001:db8:a003::/64
 * host: 203.0.113.1, 2001:db8:5::1
 * visitor: 198.51.100.20, 2001:db8:b000::20
 *
 * All are documentation ranges (RFC 5737, RFC 3849). Removing the namespaces removes everything in them.
 */
import { readdirSync } from "node:fs";
import { fail, ok, type Result } from "../domain/result.ts";
import { runProgram } from "../host/process/run-program.ts";

/** A machine of the lab, with its own namespace. */
export type Place = "host" | "intruder" | "visitor";

export const HOST: { readonly ipv4: string; readonly ipv6: string } = {
  ipv4: "203.0.113.1",
  ipv6: "2001:db8:5::1",
};
export const VISITOR: { readonly ipv4: string; readonly ipv6: string } = {
  ipv4: "198.51.100.20",
  ipv6: "2001:db8:b000::20",
};

const PLACES: readonly Place[] = ["host", "intruder", "visitor"];
const LIMIT_MS = 60_000;

export interface Network extends AsyncDisposable {
  /** Returns a command prefix that runs a command there. */
  enter(place: Place): readonly string[];
}

/** Numbers of the networks that this process has open, which are part of their names. */
const OPEN = new Set<number>();

function firstFree(used: ReadonlySet<number>): number {
  let number = 0;
  while (used.has(number)) number++;
  return number;
}

/** Opens a network; `ip`: absolute path of iproute2's ip. */
export async function openNetwork(ip: string): Promise<Result<Network, string>> {
  await removeLeftOvers(ip);
  const number = firstFree(OPEN);
  OPEN.add(number);
  const name = (place: Place): string =>
    `bailiff-lab-${process.pid}-${place}${number === 0 ? "" : number}`;
  const network: Network = {
    enter: (place) => [ip, "netns", "exec", name(place)],
    [Symbol.asyncDispose]: async () => {
      for (const place of PLACES) await removeNamespace(ip, name(place));
      OPEN.delete(number);
    },
  };
  const steps: readonly Step[] = [
    { argv: [ip], lines: PLACES.map((place) => `netns add ${name(place)}`) },
    ...PLACES.map(
      (place): Step => ({ argv: [...network.enter(place), "/bin/sh"], lines: [NO_DAD] }),
    ),
    { argv: [ip], lines: [pair("intruder"), pair("visitor")] },
    ...PLACES.map(
      (place): Step => ({
        argv: [ip, "-netns", name(place)],
        lines: ["link set lo up", ...LINES[place]],
      }),
    ),
  ];
  for (const { argv, lines } of steps) {
    const done = await runProgram({
      argv: argv.at(-1) === "/bin/sh" ? argv : [...argv, "-batch", "-"],
      input: lines.join("\n"),
      timeoutMilliseconds: LIMIT_MS,
    });
    if (done.ok) continue;
    await network[Symbol.asyncDispose]();
    return fail(`no network namespaces: ${done.error}`);
  }
  return ok(network);

  function pair(place: Place): string {
    return `link add ${place} netns ${name("host")} type veth peer name uplink netns ${name(place)}`;
  }
}

interface Step {
  readonly argv: readonly string[];
  readonly lines: readonly string[];
}

/** Disables duplicate address detection, which delays addresses: no other host is on these links. */
const NO_DAD = "echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad";

/**
 * Commands that configure each place. The links need no IPv4 addresses, because ARP answers for every local address.
 * IPv6 needs one on each link.
 */
const LINES: { readonly [place in Place]: readonly string[] } = {
  host: [
    "link set intruder up",
    "link set visitor up",
    `addr add ${HOST.ipv4}/32 dev lo`,
    `addr add ${HOST.ipv6}/128 dev lo nodad`,
    `route add 192.0.2.0/24 dev intruder src ${HOST.ipv4}`,
    `route add 198.51.100.0/24 dev visitor src ${HOST.ipv4}`,
    "addr add 2001:db8:f1::1/64 dev intruder nodad",
    "addr add 2001:db8:f2::1/64 dev visitor nodad",
    "route add 2001:db8:a000::/36 via 2001:db8:f1::2",
    "route add 2001:db8:b000::/36 via 2001:db8:f2::2",
  ],
  intruder: [
    "link set uplink up",
    "route add local 192.0.2.0/24 dev lo",
    `route add ${HOST.ipv4} dev uplink src 192.0.2.1`,
    "addr add 2001:db8:f1::2/64 dev uplink nodad",
    ...intruderNetworks().map((address) => `addr add ${address}/128 dev uplink nodad`),
    `route add ${HOST.ipv6} via 2001:db8:f1::1`,
  ],
  visitor: [
    "link set uplink up",
    `addr add ${VISITOR.ipv4}/32 dev uplink`,
    `addr add ${VISITOR.ipv6}/128 dev uplink nodad`,
    `route add ${HOST.ipv4} dev uplink src ${VISITOR.ipv4}`,
    "addr add 2001:db8:f2::2/64 dev uplink nodad",
    `route add ${HOST.ipv6} via 2001:db8:f2::1 src ${VISITOR.ipv6}`,
  ],
};

function intruderNetworks(): readonly string[] {
  const hosts = Array.from({ length: 9 }, (_, i) => i + 1);
  return ["a001", "a002", "a003"].flatMap((network) =>
    hosts.map((host) => `2001:db8:${network}::${host}`),
  );
}

/** Removes a namespace, and first kills the processes in it: a namespace exists until its last process ends. */
async function removeNamespace(ip: string, name: string): Promise<void> {
  const run = (...args: readonly string[]) =>
    runProgram({ argv: [ip, "netns", ...args], input: "", timeoutMilliseconds: LIMIT_MS });
  const { output } = await run("pids", name);
  for (const pid of output
    .split("\n")
    .filter((line) => line !== "")
    .map(Number)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // The process has already ended.
    }
  }
  await run("delete", name);
}

/** Removes namespaces of a lab that was killed: the process id in their name belongs to no running process. */
async function removeLeftOvers(ip: string): Promise<void> {
  const { output } = await runProgram({
    argv: [ip, "netns", "list"],
    input: "",
    timeoutMilliseconds: LIMIT_MS,
  });
  // Read after the list of namespaces, so that the owner of each listed namespace is included.
  const alive = new Set(readdirSync("/proc"));
  for (const name of output.match(/^bailiff-lab-\d+-\w+/gm) ?? []) {
    if (!alive.has(name.split("-")[2] ?? "")) await removeNamespace(ip, name);
  }
}
