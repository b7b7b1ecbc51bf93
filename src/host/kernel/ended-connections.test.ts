import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../../domain/result.ts";
import { parseEndedSockets, watchEndedConnections } from "./ended-connections.ts";
import type { OpenNetlink } from "./netlink-socket.ts";

/** A destroyed socket as sock_diag(7) announces it, with attributes behind it. */
function announce(ports: readonly [number, number], peer: readonly number[]): Buffer {
  const bytes = Buffer.alloc(16 + 72 + 8);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(20, 4);
  const message = bytes.subarray(16);
  message[0] = peer.length === 4 ? 2 : 10;
  message.writeUInt16BE(ports[0], 4);
  message.writeUInt16BE(ports[1], 6);
  message.set(peer, 24);
  return bytes;
}

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 9];
const IPV6 = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

test("several announcements in one datagram are read, listeners apart", () => {
  const bytes = Buffer.concat([
    announce([22, 40_001], [192, 0, 2, 7]),
    announce([22, 0], [0, 0, 0, 0]),
    announce([2222, 40_002], MAPPED),
    announce([22, 40_003], IPV6),
  ]);
  assert.deepEqual(parseEndedSockets(bytes), {
    connections: [
      { port: 22, peer: "192.0.2.7" },
      { port: 2222, peer: "192.0.2.9" },
      { port: 22, peer: "2001:db8::1" },
    ],
    listeners: [22],
  });
});

test("what is cut, of another kind or without a length is left out", () => {
  const one = announce([22, 40_001], [192, 0, 2, 7]);
  const other = Buffer.from(one);
  other.writeUInt16LE(3, 4);
  const endless = Buffer.from(one);
  endless.writeUInt32LE(0, 0);
  const connectionsIn = (bytes: Buffer) => parseEndedSockets(bytes).connections;
  assert.deepEqual(connectionsIn(one.subarray(0, 80)), []);
  assert.deepEqual(connectionsIn(Buffer.concat([other, one])), [{ port: 22, peer: "192.0.2.7" }]);
  assert.deepEqual(connectionsIn(Buffer.concat([endless, one])), []);
});

test("after too many announcements the socket is closed until the watch is renewed", async () => {
  const bytes = announce([22, 40_001], [192, 0, 2, 7]);
  const sockets = { opened: 0, closed: 0 };
  let waiting = 0;
  let wake = (): void => undefined;
  const open: OpenNetlink = () => {
    sockets.opened++;
    return ok({
      send: () => ok(undefined),
      receive: () => (waiting-- > 0 ? { kind: "datagram", bytes } : { kind: "empty" }),
      onReadable: (onWake) => {
        wake = onWake;
        return ok(undefined);
      },
      close: () => void sockets.closed++,
    });
  };
  let seen = 0;
  const watch = await watchEndedConnections(
    { onEnded: (ended) => void (seen += ended.length), onListenersClosed: () => undefined },
    async () => ok(open),
  );
  assert.ok(watch.ok);
  waiting = 1999;
  wake();
  assert.deepEqual([seen, sockets], [1999, { opened: 1, closed: 0 }]);
  waiting = 1000;
  wake();
  wake();
  assert.deepEqual([seen, sockets], [2000, { opened: 1, closed: 1 }]);
  assert.ok(watch.value.renew().ok);
  waiting = 10;
  wake();
  assert.deepEqual([seen, sockets], [2010, { opened: 2, closed: 1 }]);
  watch.value.close();
});
