import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { listListeners, ownersOf } from "./listeners.ts";

async function listenOn(host: string): Promise<{ port: number; close: () => void }> {
  const server = createServer();
  server.listen(0, host);
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return { port: address.port, close: () => server.close() };
}

for (const [host, family, address] of [
  ["127.0.0.1", "ipv4", "127.0.0.1"],
  ["0.0.0.0", "ipv4", "0.0.0.0"],
  ["::", "ipv6", "::"],
  ["::1", "ipv6", "::1"],
  ["::ffff:127.0.0.1", "ipv6", "127.0.0.1"],
] as const) {
  test(`a server at ${host} is listed with its owner`, async () => {
    const { port, close } = await listenOn(host);
    try {
      const found = listListeners().filter((listener) => listener.port === port);
      assert.deepEqual(
        found.map((one) => [one.protocol, one.family, one.address]),
        [["tcp", family, address]],
      );
      const owners = ownersOf(found, [process.pid]).get(found[0]?.inode ?? 0);
      assert.deepEqual(
        owners?.map(({ pid }) => pid),
        [process.pid],
      );
    } finally {
      close();
    }
  });
}

test("a socket of UDP without a peer is listed", async () => {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  try {
    const { port } = socket.address();
    const found = listListeners({ pid: process.pid }).filter((one) => one.port === port);
    assert.deepEqual(
      found.map((one) => [one.protocol, one.address]),
      [["udp", "127.0.0.1"]],
    );
  } finally {
    socket.close();
  }
});

test("a program that has ended has no listeners", () => {
  assert.deepEqual(listListeners({ pid: 2 ** 22 }), []);
});
