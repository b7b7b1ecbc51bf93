/** Client for fail2ban's protocol. Sends commands to bailiff or a real fail2ban, and reads the replies. */
import { connect, type Socket } from "node:net";
import { CLOSE, createFrameReader, END } from "./command-framing.ts";
import { within } from "../../host/timers.ts";
import { isTagged, itemsOf, type PickleException, type PickleValue } from "./pickle-value.ts";
import { pythonText } from "./python-text.ts";
import { unpickle } from "./unpickle.ts";
import { writePickle } from "./write-pickle.ts";

export type CommandReply =
  | { readonly kind: "value"; readonly value: PickleValue }
  | { readonly kind: "error"; readonly error: PickleException };

export interface CommandClient extends AsyncDisposable {
  /**
   * Sends a command and returns the reply. Throws the system's error if the connection breaks; `timeout` in
   * milliseconds.
   */
  send(command: readonly PickleValue[], timeout?: number): Promise<CommandReply>;
}

/** Maximum bytes of a reply, which may list every ban. */
const REPLY_BYTES = 256 * 1024 * 1024;
const REPLY_VALUES = 8_000_000;

/** Connects to a socket. Rejects with the system's error if no server listens there. */
export async function connectCommands(path: string): Promise<CommandClient> {
  const socket = await open(path);
  const reader = createFrameReader(REPLY_BYTES);
  let waiting: { resolve: (frame: Buffer) => void; reject: (error: Error) => void } | undefined;
  let broken: Error | undefined;
  const fail = (error: Error): void => {
    broken ??= error;
    waiting?.reject(error);
  };
  socket.on("data", (chunk: Buffer) => {
    const frames = reader.push(chunk);
    if (frames === "too-long") fail(new Error("a reply without end"));
    else for (const frame of frames) waiting?.resolve(frame);
  });
  socket.on("error", fail);
  socket.once("close", () => fail(new Error("Connection reset by peer")));

  async function exchange(command: readonly PickleValue[]): Promise<Buffer> {
    if (broken !== undefined) throw broken;
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    waiting = { resolve, reject };
    socket.write(Buffer.concat([writePickle(command), END]));
    return promise;
  }

  return {
    async send(command, timeout) {
      const reply = exchange(command);
      const frame = await (timeout === undefined ? reply : within(reply, timeout));
      if (typeof frame === "string") throw new Error("timed out");
      return readReply(frame);
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        if (socket.destroyed) return resolve();
        socket.once("close", () => resolve());
        socket.end(Buffer.concat([CLOSE, END]));
        socket.setTimeout(1000, () => socket.destroy());
      }),
  };
}

function open(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

function readReply(frame: Buffer): CommandReply {
  const read = unpickle(frame, { objects: "exceptions", values: REPLY_VALUES });
  if (!read.ok) throw new Error(`a reply that cannot be read: ${read.error.message}`);
  const [code, value = null] = itemsOf(read.value) ?? [];
  if (code === undefined) throw new Error(pythonText(read.value));
  if (code === 0) return { kind: "value", value };
  if (isTagged(value) && value.kind === "exception") return { kind: "error", error: value };
  throw new Error("an error without an explanation");
}
