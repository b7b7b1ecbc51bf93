/**
 * Exchanges text lines with a local service: sends one, reads the reply, switches to TLS in between. Bounds time and
 * input. Does not verify certificates: nothing secret is sent, and the peer is this host.
 */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Dial } from "./dial.ts";

export interface LineDialogue {
  send(line: string): void;
  /** Returns the next line; undefined when the service closed the connection, sent too much, or timed out. */
  read(): Promise<string | undefined>;
  startTls(): Promise<void>;
  close(): void;
}

const MAX_BYTES = 64 * 1024;

/** Connects. Rejects with the system's error if that fails. */
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
      // `read` reports the end of the input.
      socket.on("error", () => undefined);
      resolve(socket);
    });
  });
}

/**
 * Reads lines. Avoids `for await` over the socket: leaving that loop would destroy the socket, which TLS still needs.
 */
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
    if (read > MAX_BYTES) socket.destroy();
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
