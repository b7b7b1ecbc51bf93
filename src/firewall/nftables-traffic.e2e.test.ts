/**
 * Sends real packets against real blocks. This process is a router in a separate network, between a client's namespace
 * and an inner server's (what a container is to its host):
 *
 * client 192.0.2.10 .11, 2001:db8:1::10, 2001:db8:1:1::10 — router 192.0.2.1 / 198.51.100.1 — inner 198.51.100.2
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createSocket } from "node:dgram";
import { createServer, type Server } from "node:net";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { Change } from "../domain/enforcer.ts";
import { instant } from "../domain/instant.ts";
import { ALL_PORTS } from "../domain/port-scope.ts";
import { enterOwnNetwork } from "../host/kernel/own-network.fixture.ts";
import { add, remove, subject, tcp } from "./enforcer.contract.ts";
import { type Nftables, openNftables } from "./nftables.ts";

const CLIENT = `bailiff-client-${process.pid}`;
const INNER = `bailiff-inner-${process.pid}`;
const ROUTER_V4 = "192.0.2.1";
const ROUTER_V6 = "2001:db8:1::1";
const SSH = 22;
const WEB = 80;

const entered = await enterOwnNetwork();
assert.ok(entered.ok, entered.ok ? "" : entered.error);

const servers: Server[] = [];
const children: ChildProcess[] = [];
let enforcer: Nftables;

before(async () => {
  for (const name of [CLIENT, INNER]) run(`ip netns add ${name}`);
  run("ip link set lo up");
  link(
    "client0",
    CLIENT,
    [`${ROUTER_V4}/24`, `${ROUTER_V6}/64`, "2001:db8:1:1::1/64"],
    [
      "192.0.2.10/24",
      "192.0.2.11/24",
      "2001:db8:1::10/64",
      "2001:db8:1:1::10/64",
      "2001:db8:1:1::11/64",
    ],
  );
  link("inner0", INNER, ["198.51.100.1/24"], ["198.51.100.2/24"]);
  run("sysctl -q -w net.ipv4.ip_forward=1");
  run(`ip -n ${CLIENT} route add default via ${ROUTER_V4}`);
  run(`ip -n ${INNER} route add default via 198.51.100.1`);
  for (const port of [SSH, WEB]) servers.push(await listen(port));
  await startInnerServer();
  const opened = await openNftables({ ipv6Prefixes: [64], isAllowed: () => false, emit: () => {} });
  assert.ok(opened.ok, opened.ok ? "" : opened.error.reason);
  enforcer = opened.value;
  assert.equal((await enforcer.prepare(instant(Date.now()))).error, undefined);
});

after(async () => {
  await enforcer.removeAll();
  await enforcer.close();
  for (const server of servers) server.close();
  for (const child of children) child.kill("SIGKILL");
  for (const name of [CLIENT, INNER]) run(`ip netns delete ${name}`);
});

test("packets of a blocked address are dropped, those of its neighbor are not", {
  timeout: 120_000,
}, async () => {
  await withBlocks([add("192.0.2.10")], async () => {
    await assertConnect("dropped", "192.0.2.10", ROUTER_V4, SSH);
    await assertConnect("dropped", "192.0.2.10", ROUTER_V4, WEB);
    await assertConnect("connected", "192.0.2.11", ROUTER_V4, SSH);
    const [block] = await enforcer.count([subject("192.0.2.10")]);
    assert.ok((block?.packets ?? 0) >= 2, `counted ${block?.packets}`);
  });
  await assertConnect("connected", "192.0.2.10", ROUTER_V4, SSH);
});

test("a block of ports drops only packets to these ports", { timeout: 120_000 }, async () => {
  await withBlocks([add("192.0.2.10", tcp(SSH, 2222))], async () => {
    await assertConnect("dropped", "192.0.2.10", ROUTER_V4, SSH);
    await assertConnect("connected", "192.0.2.10", ROUTER_V4, WEB);
    await assertConnect("connected", "192.0.2.11", ROUTER_V4, SSH);
  });
});

test("forwarded traffic is dropped too, also for ports and networks", {
  timeout: 120_000,
}, async () => {
  await assertConnect("connected", "192.0.2.10", "198.51.100.2", WEB);
  for (const block of [add("192.0.2.10"), add("192.0.2.10", tcp(WEB)), add("192.0.2.10/31")]) {
    await withBlocks([block], async () => {
      await assertConnect("dropped", "192.0.2.10", "198.51.100.2", WEB);
    });
  }
  await withBlocks([add("192.0.2.10", tcp(SSH))], async () => {
    await assertConnect("connected", "192.0.2.10", "198.51.100.2", WEB);
  });
});

test("an IPv6 prefix covers its addresses and no others", { timeout: 120_000 }, async () => {
  for (const block of ["2001:db8:1:1::/64", "2001:db8:1::/63", "2001:db8::/32"]) {
    await withBlocks([add(block)], async () => {
      await assertConnect("dropped", "2001:db8:1:1::10", ROUTER_V6, SSH);
      await assertConnect("dropped", "2001:db8:1:1::11", ROUTER_V6, WEB);
    });
  }
  await withBlocks([add("2001:db8:1:1::/64")], async () => {
    await assertConnect("connected", "2001:db8:1::10", ROUTER_V6, SSH);
  });
  await withBlocks([add("2001:db8:1:1::/64", tcp(SSH))], async () => {
    await assertConnect("dropped", "2001:db8:1:1::10", ROUTER_V6, SSH);
    await assertConnect("connected", "2001:db8:1:1::10", ROUTER_V6, WEB);
  });
  await withBlocks([add("2001:db8:1:1::10")], async () => {
    await assertConnect("dropped", "2001:db8:1:1::10", ROUTER_V6, SSH);
    await assertConnect("connected", "2001:db8:1:1::11", ROUTER_V6, SSH);
  });
});

test("networks of several lengths are blocked together, also nested ones", {
  timeout: 120_000,
}, async () => {
  await withBlocks([add("192.0.0.0/16"), add("192.0.2.8/29"), add("203.0.113.0/24")], async () => {
    await assertConnect("dropped", "192.0.2.10", ROUTER_V4, SSH);
    await enforcer.apply([remove("192.0.0.0/16")], instant(Date.now()));
    await assertConnect("dropped", "192.0.2.10", ROUTER_V4, SSH);
    await enforcer.apply([remove("192.0.2.8/29")], instant(Date.now()));
    await assertConnect("connected", "192.0.2.10", ROUTER_V4, SSH);
  });
});

test("an open connection is cut as well as new ones", { timeout: 120_000 }, async () => {
  const [web] = servers.slice(1);
  assert.ok(web !== undefined);
  const accepted = once(web, "connection");
  const child = spawnIn(
    CLIENT,
    `const socket = require("node:net").connect({ host: "${ROUTER_V4}", port: ${WEB}, localAddress: "192.0.2.10" });
     socket.on("error", () => {});
     socket.on("data", () => { console.log("open"); setInterval(() => socket.write("more"), 20); });`,
  );
  const [socket] = await accepted;
  let received = 0;
  socket.on("data", () => received++);
  socket.write("hello");
  await untilTrue(() => received > 0, "the connection is open");
  await withBlocks([add("192.0.2.10")], () => assertSilent(() => received, 2));
  socket.destroy();
  child.kill("SIGKILL");
});

test("datagrams of an ongoing exchange are dropped, and counted", {
  timeout: 120_000,
}, async () => {
  const server = createSocket("udp4");
  server.bind(WEB, ROUTER_V4);
  await once(server, "listening");
  const child = spawnIn(
    CLIENT,
    `const socket = require("node:dgram").createSocket("udp4");
     socket.on("error", () => {});
     socket.bind(0, "192.0.2.10", () => setInterval(() => socket.send("more", ${WEB}, "${ROUTER_V4}"), 20));`,
  );
  let received = 0;
  server.on("message", () => received++);
  await untilTrue(() => received > 0, "a datagram came");
  await withBlocks([add("192.0.2.10")], () => assertSilent(() => received, 10));
  const before = received;
  await untilTrue(() => received > before, "datagrams come again");
  server.close();
  child.kill("SIGKILL");
});

test("the kernel expires a block after its daemon has ended", { timeout: 120_000 }, async () => {
  const at = instant(Date.now());
  await enforcer.apply([add("192.0.2.10", ALL_PORTS, instant(at + 100))], at);
  await assertConnect("dropped", "192.0.2.10", ROUTER_V4, SSH);
  await untilTrue(async () => (await enforcer.list()).length === 0, "it is lifted");
  await assertConnect("connected", "192.0.2.10", ROUTER_V4, SSH);
});

test("a repair leaves no gap: packets are dropped during every rebuild", {
  timeout: 120_000,
}, async () => {
  await withBlocks([add("192.0.2.10", tcp(SSH))], async () => {
    const before = await packetsOf("192.0.2.10");
    const attempts = Promise.all(
      Array.from({ length: 5 }, () => connect("192.0.2.10", ROUTER_V4, SSH, 400)),
    );
    for (let port = 3000; port < 3030; port++) {
      await enforcer.apply([add("203.0.113.1", tcp(port))], instant(Date.now()));
      await wait(5);
    }
    assert.deepEqual(await attempts, new Array(5).fill("dropped"));
    assert.ok((await packetsOf("192.0.2.10")) >= before + 5);
  });
});

/** Nothing arrives while `more` packets of 192.0.2.10 are dropped. */
async function assertSilent(received: () => number, more: number): Promise<void> {
  // Packets sent before the block arrive before the first one that is dropped.
  await untilDropped(1);
  await wait(50);
  const before = received();
  await untilDropped((await packetsOf("192.0.2.10")) + more);
  assert.equal(received(), before);
}

async function untilDropped(packets: number): Promise<void> {
  const holds = async (): Promise<boolean> => (await packetsOf("192.0.2.10")) >= packets;
  await untilTrue(holds, `${packets} packets are dropped`);
}

async function untilTrue(condition: () => Promise<boolean> | boolean, what: string): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await condition())) {
    assert.ok(performance.now() < end, `within a minute: ${what}`);
    await wait(20);
  }
}

async function packetsOf(address: string): Promise<number> {
  return (await enforcer.count([subject(address)]))[0]?.packets ?? 0;
}

async function withBlocks(changes: readonly Change[], check: () => Promise<void>): Promise<void> {
  assert.deepEqual(await enforcer.apply(changes, instant(Date.now())), []);
  try {
    await check();
  } finally {
    const removals = (await enforcer.list()).map(({ subject: text, scope }) => remove(text, scope));
    await enforcer.apply(removals, instant(Date.now()));
  }
}

async function assertConnect(
  outcome: "connected" | "dropped",
  from: string,
  to: string,
  port: number,
): Promise<void> {
  // A neighbor resolution that was blocked is retried only after a second.
  const patience = outcome === "dropped" ? 400 : 30_000;
  assert.equal(await connect(from, to, port, patience), outcome, `${from} to ${to} port ${port}`);
}

/** A TCP connection from the client's namespace; no answer within `patience` milliseconds counts as a drop. */
async function connect(from: string, to: string, port: number, patience: number): Promise<string> {
  const script = `
    const socket = require("node:net").connect({ host: "${to}", port: ${port}, localAddress: "${from}" });
    const end = (word) => { console.log(word); process.exit(); };
    socket.once("connect", () => end("connected"));
    socket.once("error", (error) => end(error.code));
    setTimeout(() => end("dropped"), ${patience});`;
  return output(spawnIn(CLIENT, script));
}

async function output(child: ChildProcess): Promise<string> {
  let text = "";
  child.stdout?.on("data", (part: Buffer) => {
    text += part.toString();
  });
  await once(child, "close");
  return text.trim();
}

async function startInnerServer(): Promise<void> {
  const child = spawnIn(
    INNER,
    `require("node:net").createServer((s) => s.end()).listen(${WEB}, () => console.log("ready"));`,
  );
  assert.ok(child.stdout !== null);
  for await (const line of createInterface({ input: child.stdout })) if (line === "ready") return;
}

function spawnIn(namespace: string, script: string): ChildProcess {
  const child = spawn("ip", ["netns", "exec", namespace, process.execPath, "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  return child;
}

async function listen(port: number): Promise<Server> {
  const server = createServer((socket) => socket.on("error", () => {}));
  server.listen(port, "::");
  await once(server, "listening");
  return server;
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

/** Duplicate address detection would make an IPv6 address unusable for a second. */
function nodad(address: string): string {
  return address.includes(":") ? "nodad" : "";
}

function run(command: string): void {
  const [program = "", ...args] = command.split(" ").filter((part) => part !== "");
  execFileSync(program, args);
}
