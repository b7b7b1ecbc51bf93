import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, type Socket, createServer } from "node:net";
import test from "node:test";
import { connectSsh } from "./ssh-client.ts";

const CONNECTION = {
  ...{ enter: [], ssh: "/usr/bin/ssh", from: "127.0.0.1", to: "127.0.0.1" },
  login: { kind: "wrong-password", user: "root" },
} as const;

/** Results of a client by what its server does with a new connection. */
const RESULTS = [
  // A ban that begins during a session drops the rest of it.
  ["greets and then is silent", (socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n"), "no-answer"],
  ["closes the connection", (socket) => socket.end(), "failed"],
] as const satisfies readonly [string, (socket: Socket) => unknown, string][];

for (const [deed, act, kind] of RESULTS) {
  test(`a client's result, if the server ${deed}`, async () => {
    const server = createServer(act).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    try {
      assert.equal((await connectSsh({ ...CONNECTION, port })).kind, kind);
    } finally {
      server.close();
    }
  });
}
