/** Looks up elements in a real kernel set, counting the socket's datagrams: linear in the number asked for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Ip, parseIp } from "../../domain/ip.ts";
import { openLibnftables } from "../../host/kernel/libnftables.ts";
import { loadNetlink, type OpenNetlink } from "../../host/kernel/netlink-socket.ts";
import { enterOwnNetwork } from "../../host/kernel/own-network.fixture.ts";
import { findElements } from "./find-elements.ts";
import { readSetSize } from "./netlink-snapshot.ts";

const entered = await enterOwnNetwork();
assert.ok(entered.ok, entered.ok ? "" : entered.error);
const library = await openLibnftables();
assert.ok(library.ok);
const nft = library.value;
const netlink = await loadNetlink();
assert.ok(netlink.ok);
const openSocket = netlink.value;

const PLACE = { table: "finding", set: "held" };
const ASKED_AT_ONCE = 64;

function address(n: number): Ip {
  const ip = parseIp(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
  assert.ok(ip !== undefined);
  return ip;
}

function addresses(count: number, from = 0): readonly Ip[] {
  return Array.from({ length: count }, (_, n) => address(from + n));
}

/** Replaces the content of the set. */
function hold(ips: readonly Ip[]): void {
  const table = `table inet ${PLACE.table}`;
  const made = nft.run(`add ${table}\ndelete ${table}\nadd ${table}
add set inet finding held { type ipv4_addr; flags timeout; counter; }
add element inet finding held { ${ips.join(",")} }\n`);
  assert.ok(made.ok, made.error);
}

interface Traffic {
  sent: number;
  received: number;
}

function counting(traffic: Traffic): OpenNetlink {
  return (options) => {
    const opened = openSocket(options);
    if (!opened.ok) return opened;
    const socket = opened.value;
    return {
      ok: true,
      value: {
        ...socket,
        send: (message) => {
          traffic.sent++;
          return socket.send(message);
        },
        receive: () => {
          const received = socket.receive();
          if (received.kind === "datagram") traffic.received++;
          return received;
        },
      },
    };
  };
}

async function find(ips: readonly Ip[]): Promise<{ found: readonly Ip[]; traffic: Traffic }> {
  const traffic = { sent: 0, received: 0 };
  const found = await findElements(counting(traffic), PLACE, ips);
  return { found: found.map(({ ip }) => ip), traffic };
}

test("one datagram for each element found, however large the set is", async () => {
  const asked = addresses(3000);
  for (const more of [0, 20_000]) {
    hold([...asked, ...addresses(more, 100_000)]);
    const { found, traffic } = await find(asked);
    assert.deepEqual(found, asked);
    assert.deepEqual(traffic, {
      sent: Math.ceil(asked.length / ASKED_AT_ONCE),
      received: asked.length,
    });
  }
});

test("one request for each missing element, and at most as many datagrams as elements asked for", async () => {
  const asked = addresses(3000);
  for (const [what, isHeld] of [
    ["none", () => false],
    ["every other", (n: number) => n % 2 === 0],
    ["the second half", (n: number) => n >= 1500],
    ["all but every 64th", (n: number) => n % 64 !== 63],
  ] as const) {
    const held = asked.filter((_, n) => isHeld(n));
    hold([...held, ...addresses(10, 100_000)]);
    const { found, traffic } = await find(asked);
    assert.deepEqual(found, held, what);
    const missing = asked.length - held.length;
    // An error also takes a datagram. After each missing element, fewer are asked for at a time, down to one.
    assert.equal(traffic.received, asked.length, what);
    assert.ok(
      traffic.sent <= 3 * missing + asked.length / ASKED_AT_ONCE + 8,
      `${what}: ${traffic.sent}`,
    );
  }
});

test("without a set or table nothing is found", async () => {
  hold(addresses(1));
  const nowhere = { table: "finding", set: "other" };
  assert.deepEqual(await findElements(openSocket, nowhere, addresses(3)), []);
  assert.deepEqual(
    await findElements(openSocket, { table: "none", set: "held" }, addresses(3)),
    [],
  );
  assert.equal(await readSetSize(openSocket, "finding", "other"), undefined);
});

test("the kernel's count of a set equals its number of elements", async () => {
  hold(addresses(777));
  const size = await readSetSize(openSocket, PLACE.table, PLACE.set);
  assert.ok(size === 777 || size === undefined, String(size));
});
