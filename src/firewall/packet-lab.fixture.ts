/**
 * Sends real packets for tests of enforcers. This process must be in a separate network, where it becomes a router
 * between a client's namespace and an inner server's (what a container is to its host):
 *
 * client 192.0.2.10 .11, 2001:db8:1::10, 2001:db8:1:1::10 .11 — router 192.0.2.1, 2001:db8:1::1 — inner 198.51.100.2,
 * 2001:db8:2::2
 *
 * Router and inner server listen on the ports SSH and WEB (TCP) and DNS (UDP), and echo what they receive.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { AGENT, DNS, firstLine, openAgent, SERVER } from "./packet-agent.fixture.ts";

export { DNS, SSH, WEB } from "./packet-agent.fixture.ts";

export const ROUTER_V4 = "192.0.2.1";
export const ROUTER_V6 = "2001:db8:1::1";
export const INNER_V4 = "198.51.100.2";
export const INNER_V6 = "2001:db8:2::2";

export interface Attempt {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  /** Default: TCP, but UDP for the port DNS. */
  readonly protocol?: "tcp" | "udp";
}

/** Packets that go back and forth continuously. */
export interface Exchange {
  /** Returns the number of answers so far. */
  replies(): Promise<number>;
  end(): Promise<void>;
}

/** Tries without end, a new one each way every 20 ms, each of which may be answered for three seconds. */
export interface Flood {
  /** Returns the numbers of tries and of answered ones so far. */
  counts(): Promise<{ readonly tries: number; readonly answered: number }>;
  /** Ends it after the last try is answered or given up. */
  end(): Promise<void>;
}

export interface PacketLab {
  /** Returns "connected", "dropped" if no answer came within `patience` milliseconds, or the code of the error. */
  connect(attempt: Attempt, patience: number): Promise<string>;
  /** Begins this many TCP connections together, and gives up all of them. */
  burst(attempt: Attempt, connections: number): Promise<void>;
  /** Opens a connection that stays open, and waits for its first answer. */
  openExchange(attempt: Attempt): Promise<Exchange>;
  openFlood(attempts: readonly Attempt[]): Promise<Flood>;
  /**
   * Lets every answer to a blocked client leave and arrive: neighbors are known, because a block also stops the packets
   * that resolve them, and the kernel's own limit on ICMP errors is off. Can be repeated.
   */
  prepareForAnswers(): void;
  /** Lets the client send all packets to the router's IPv4 address to every host of the link. */
  broadcastToRouter(): void;
  close(): Promise<void>;
}

export async function openPacketLab(): Promise<PacketLab> {
  const [client, inner] = [`bailiff-client-${process.pid}`, `bailiff-inner-${process.pid}`];
  for (const name of [client, inner]) run(`ip netns add ${name}`);
  run("ip link set lo up");
  connectLinks(client, inner);
  const children: ChildProcess[] = [];
  const start = (namespace: string | undefined, script: string): ChildProcess => {
    const inside = namespace === undefined ? [] : ["ip", "netns", "exec", namespace];
    const [program, ...args] = [...inside, process.execPath, "-e", script];
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    children.push(child);
    return child;
  };
  for (const namespace of [undefined, inner]) await firstLine(start(namespace, SERVER));
  const ask = openAgent(start(client, AGENT));
  return {
    connect: (attempt, patience) => ask("connect", { ...completed(attempt), patience }),
    burst: async (attempt, connections) => {
      await ask("burst", { ...completed(attempt), connections });
    },
    async openExchange(attempt) {
      const exchange = await ask("exchange", completed(attempt));
      const replies = async (): Promise<number> => Number(await ask("replies", { exchange }));
      await untilTrue(async () => (await replies()) > 0, "the exchange has begun");
      return { replies, end: async () => void (await ask("end", { exchange })) };
    },
    prepareForAnswers: () => prepareForAnswers(client),
    broadcastToRouter: () =>
      void run(
        `ip -n ${client} neigh replace ${ROUTER_V4} lladdr ff:ff:ff:ff:ff:ff dev eth0 nud permanent`,
      ),
    async openFlood(attempts) {
      const flood = await ask("flood", { attempts: attempts.map(completed) });
      return {
        counts: async () => JSON.parse(await ask("counts", { flood })),
        end: async () => void (await ask("endFlood", { flood })),
      };
    },
    async close() {
      const ended = children.map((child) => once(child, "close"));
      for (const child of children) child.kill("SIGKILL");
      await Promise.all(ended);
      for (const name of [client, inner]) run(`ip netns delete ${name}`);
      for (const device of ["client0", "inner0"]) deleteLink(device);
    },
  };
}

export async function untilTrue(
  condition: () => Promise<boolean> | boolean,
  what: string,
): Promise<void> {
  const began = performance.now();
  while (!(await condition())) {
    const waited = performance.now() - began;
    assert.ok(waited < 120_000, `within two minutes: ${what}`);
    // Most conditions start a program. The repair of some damage takes half a minute.
    await wait(Math.min(20 + waited / 5, 250));
  }
}

function completed(attempt: Attempt): Required<Attempt> {
  return { protocol: attempt.port === DNS ? "udp" : "tcp", ...attempt };
}

function connectLinks(client: string, inner: string): void {
  link(
    "client0",
    client,
    [`${ROUTER_V4}/24`, `${ROUTER_V6}/64`, "2001:db8:1:1::1/64"],
    [
      ...["192.0.2.10/24", "192.0.2.11/24", "2001:db8:1::10/64"],
      ...["2001:db8:1:1::10/64", "2001:db8:1:1::11/64"],
    ],
  );
  link(
    "inner0",
    inner,
    ["198.51.100.1/24", "2001:db8:2::1/64"],
    [`${INNER_V4}/24`, `${INNER_V6}/64`],
  );
  run("sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
  run(`ip -n ${client} route add default via ${ROUTER_V4}`);
  run(`ip -n ${client} -6 route add default via ${ROUTER_V6}`);
  run(`ip -n ${inner} route add default via 198.51.100.1`);
  run(`ip -n ${inner} -6 route add default via 2001:db8:2::1`);
}

function prepareForAnswers(client: string): void {
  run("sysctl -q -w net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0");
  const [ours, theirs] = [hardwareAddress(""), hardwareAddress(`-n ${client}`)];
  for (const address of [ROUTER_V6, "2001:db8:1:1::1"])
    run(`ip -n ${client} neigh replace ${address} lladdr ${ours} dev eth0 nud permanent`);
  for (const address of ["2001:db8:1::10", "2001:db8:1:1::10", "2001:db8:1:1::11"])
    run(`ip neigh replace ${address} lladdr ${theirs} dev client0 nud permanent`);
}

/** Reads the hardware address of an end of the client's link; `place`: arguments of ip for its namespace. */
function hardwareAddress(place: string): string {
  const device = place === "" ? "client0" : "eth0";
  const shown = run(`ip ${place} -br link show ${device}`);
  return /(?:[\da-f]{2}:){5}[\da-f]{2}/.exec(shown)?.[0] ?? "";
}

function link(
  device: string,
  namespace: string,
  ours: readonly string[],
  theirs: readonly string[],
): void {
  run(`ip link add ${device} type veth peer name eth0 netns ${namespace}`);
  for (const address of ours) run(`ip address add ${address} dev ${device} ${nodad(address)}`);
  for (const address of theirs)
    run(`ip -n ${namespace} address add ${address} dev eth0 ${nodad(address)}`);
  run(`ip link set ${device} up`);
  run(`ip -n ${namespace} link set eth0 up`);
}

/** Deletes a link that may have gone with its namespace already. */
function deleteLink(device: string): void {
  try {
    execFileSync("ip", ["link", "delete", device], { stdio: "ignore" });
  } catch {
    // The kernel deletes it together with its other end.
  }
}

/** Duplicate address detection would make an IPv6 address unusable for a second. */
function nodad(address: string): string {
  return address.includes(":") ? "nodad" : "";
}

function run(command: string): string {
  const [program = "", ...args] = command.split(" ").filter((part) => part !== "");
  return execFileSync(program, args, { encoding: "utf8" });
}
