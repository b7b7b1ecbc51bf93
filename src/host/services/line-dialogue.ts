/**
 * A dialogue in lines with a service of this host, for protocols that talk in lines: send one, read the reply, change to
 * TLS in between. Bounded in time and in what is read. Certificates are not checked: nothing secret is sent, and who
 * answers on this host's own address is not in doubt.
 */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Dial } from "./dial.ts";

export interface LineDialogue {
  send(line: string): void;
  /** The next line; undefined when the service has hung up, says too much, or is out of time. */
  read(): Promise<string | undefined>;
  startTls(): Promise<void>;
  close(): void;
}

const MOST_BYTES = 64 * 1024;

/** Rejects with the system's error when no answer comes. */
export async function openDialogue(dial: Dial): Promise<LineDialogue> {
  const signal = AbortSignal.timeout(dial.limit);
  let socket = await connect(dial, signal);
  if (dial.tls) socket = await secure(socket, signal);
  let lines = readLines(socket, signal);
  return {
    send: (line) => void socket.write(`${line}\r\n`),
    read: async () => (await lines.next()).value,
    startTls: async () => {
      socket = await secure(socket, signal);
      lines = readLines(socket, signal);
    },
    close: () => socket.destroy(),
  };
}

function connect({ to, port, from }: Dial, signal: AbortSignal): Promise<Socket> {
  const options = { host: to, port, ...(from === undefined ? {} : { localAddress: from }) };
  return settle(connectTcp(options), "connect", signal);
}

async function secure(socket: Socket, signal: AbortSignal): Promise<Socket> {
  socket.removeAllListeners("data");
  const tls = connectTls({ socket, rejectUnauthorized: false });
  return settle(tls, "secureConnect", signal);
}

function settle(socket: Socket, event: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    const late = (): void => fail(new Error("no answer in time"));
    signal.addEventListener("abort", late, { once: true });
    socket.once("error", fail);
    socket.once(event, () => {
      signal.removeEventListener("abort", late);
      socket.off("error", fail);
      // Ends the reading, which says it better.
      socket.on("error", () => undefined);
      resolve(socket);
    });
  });
}

/** Not by `for await` over the socket: leaving that would destroy it, and TLS goes on with it. */
async function* readLines(socket: Socket, signal: AbortSignal): AsyncGenerator<string, undefined> {
  let text = "";
  let read = 0;
  let over = false;
  let wake = (): void => undefined;
  const end = (): void => {
    over = true;
    wake();
  };
  socket.on("data", (bytes: Buffer) => {
    read += bytes.length;
    text += bytes.toString("latin1");
    if (read > MOST_BYTES) socket.destroy();
    wake();
  });
  socket.once("close", end);
  signal.addEventListener("abort", end, { once: true });
  for (;;) {
    const feed = text.indexOf("\n");
    if (feed >= 0) {
      const line = text.slice(0, feed).replace(/\r$/, "");
      text = text.slice(feed + 1);
      yield line;
    } else if (over || signal.aborted) return undefined;
    else
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  }
}
