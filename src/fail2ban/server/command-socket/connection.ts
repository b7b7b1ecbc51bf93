/** Serves one client of the socket, one command after another, until either side closes. */
import { stackOf } from "../../../domain/thrown-error.ts";
import type { Socket } from "node:net";
import { within } from "../../../host/timers.ts";
import { CLOSE, createFrameReader, END } from "../command-framing.ts";
import type { CommandPort } from "../command-port.ts";
import { type PickleValue, tuple } from "../pickle-value.ts";
import { type Caller, proceed } from "../transmitter.ts";
import { unpickle } from "../unpickle.ts";
import { writePickle } from "../write-pickle.ts";

export interface ConnectionOptions {
  readonly portFor: (caller: Caller) => CommandPort;
  /** Called when the connection was dropped. */
  readonly refused: (reason: string) => void;
  /** Called when an answer failed because of a bug. */
  readonly failed: (reason: string) => void;
  /** Time limit in milliseconds for receiving a frame, and for sending a reply. */
  readonly patience: number;
}

const FRAME_BYTES = 4 * 1024 * 1024;
/** Milliseconds after which an idle connection is closed. */
const IDLE_MS = 600_000;
/** Milliseconds for a dropped client to read the reason. */
const FAREWELL_MS = 1000;

export async function serveConnection(
  socket: Socket,
  caller: Caller,
  options: ConnectionOptions,
  closing: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  socket.once("close", () => gone.abort());
  try {
    const signal = AbortSignal.any([gone.signal, closing]);
    await answerAll(socket, { caller, options, signal, gone: gone.signal });
  } catch (error) {
    const reason = stackOf(error);
    options.failed(reason);
  } finally {
    socket.setTimeout(FAREWELL_MS, () => socket.destroy());
    socket.destroySoon();
  }
}

interface Serving {
  readonly caller: Caller;
  readonly options: ConnectionOptions;
  /** Aborts when the client disconnects or the socket closes. */
  readonly signal: AbortSignal;
  readonly gone: AbortSignal;
}

/** Answers commands one by one. It reads nothing while it answers, so a client can only fill the kernel's buffer. */
async function answerAll(socket: Socket, serving: Serving): Promise<void> {
  const { caller, options, signal } = serving;
  const { patience } = options;
  const reader = createFrameReader(FRAME_BYTES);
  const port = options.portFor(caller);
  const chunks = socket.iterator({ destroyOnReturn: false });
  // When the incomplete command began: a client that sends a byte now and then may not keep its connection.
  let begun = 0;
  while (!signal.aborted) {
    const isIncomplete = reader.pending > 0;
    const wait = isIncomplete ? Math.max(0, begun + patience - performance.now()) : IDLE_MS;
    const chunk = await nextChunk(chunks, wait, signal);
    if (chunk === "late" && isIncomplete)
      return drop(socket, serving, "a command was not complete in time");
    if (chunk === undefined || chunk === "late") return;
    const frames = reader.push(chunk);
    if (!isIncomplete || frames.length > 0) begun = performance.now();
    if (frames === "too-long")
      return drop(socket, serving, `a command of more than ${FRAME_BYTES} bytes`);
    for (const frame of frames) {
      if (frame.equals(CLOSE)) return;
      const command = unpickle(frame);
      if (!command.ok) return drop(socket, serving, `bad command: ${command.error.message}`);
      const reply = await proceed(command.value, { port, caller, signal: serving.gone });
      if (await send(socket, reply, { patience, gone: serving.gone })) continue;
      if (!serving.gone.aborted) options.refused(`${caller.who}: an answer was not taken in time`);
      return;
    }
  }
}

/** Returns the next bytes; undefined: the connection has ended. */
async function nextChunk(
  chunks: AsyncIterator<Buffer>,
  wait: number,
  signal: AbortSignal,
): Promise<Buffer | "late" | undefined> {
  const next = chunks.next().then(
    ({ done, value }) => (done === true ? undefined : value),
    () => undefined,
  );
  const first = await within(next, wait, signal);
  if (first === "elapsed") return "late";
  return first === "aborted" ? undefined : first;
}

/** Drops a client with a text where a pair is expected, as fail2ban answers an invalid request. */
async function drop(
  socket: Socket,
  { caller, options, gone }: Serving,
  reason: string,
): Promise<void> {
  options.refused(`${caller.who}: ${reason}`);
  await send(socket, `ERROR: ${reason}`, { patience: FAREWELL_MS, gone });
}

/** Sends a reply; returns whether the client received it in time. */
async function send(
  socket: Socket,
  reply: PickleValue,
  { patience, gone }: { readonly patience: number; readonly gone: AbortSignal },
): Promise<boolean> {
  if (socket.destroyed || !socket.writable) return false;
  const taken = new Promise<"taken" | "failed">((resolve) => {
    socket.write(Buffer.concat([encode(reply), END]), (error) =>
      resolve(error ? "failed" : "taken"),
    );
  });
  return (await within(taken, patience, gone)) === "taken";
}

/** Encodes a reply, or an error if the reply contains the end mark, which would end the frame early. */
function encode(reply: PickleValue): Buffer {
  const bytes = writePickle(reply);
  if (!bytes.includes(END)) return bytes;
  return writePickle(
    tuple(1, {
      kind: "exception",
      module: "builtins",
      name: "Exception",
      args: ["the answer holds the mark that ends an answer"],
    }),
  );
}
