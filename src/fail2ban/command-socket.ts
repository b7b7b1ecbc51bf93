/**
 * A second socket that speaks fail2ban's protocol, for its client and for programs that ask it. Only root and the
 * daemon's own user get in. Bounds: 32 connections, frames of 4 MiB, a time for each to become complete and for each
 * reply to be taken; whoever breaks the rules is told why, dropped, and counted.
 */
import { readFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { bindSocket } from "../control/bind-socket.ts";
import { userName } from "../platform/accounts.ts";
import { loadPeerCredentials, type ReadPeer } from "../platform/peer-credentials.ts";
import { sleep } from "../platform/timers.ts";
import { CLOSE, createFrameReader, END } from "./command-framing.ts";
import type { CommandPort } from "./command-port.ts";
import { type PickleValue, tuple } from "./pickle-value.ts";
import { type Caller, proceed } from "./transmitter.ts";
import { unpickle } from "./unpickle.ts";
import { writePickle } from "./write-pickle.ts";

export interface CommandSocketOptions {
  readonly path: string;
  /** What a caller may ask for; its changes are in its name. */
  readonly portFor: (caller: Caller) => CommandPort;
  /** A connection was dropped or not taken. */
  readonly refused: (reason: string) => void;
  /** An answer failed that should not. */
  readonly failed: (reason: string) => void;
  /** Milliseconds for a frame to become complete, and for a reply to be taken. */
  readonly patience?: number;
}

export interface CommandSocket extends AsyncDisposable {
  readonly path: string;
  /** Connections dropped or not taken, since the start. */
  readonly dropped: number;
}

const CONNECTIONS = 32;
const FRAME_BYTES = 4 * 1024 * 1024;
const PATIENCE_MS = 30_000;
/** Of a connection on which nothing is asked. */
const IDLE_MS = 600_000;
/** For answers under way when the socket closes, and for a dropped client to read why. */
const CLOSE_MS = 1000;

/** Throws a CodedError when the path is taken by somebody who answers, or cannot be used. */
export async function openCommandSocket(options: CommandSocketOptions): Promise<CommandSocket> {
  const readPeer = await loadPeerCredentials();
  const closing = new AbortController();
  const open = new Map<Socket, Promise<void>>();
  let dropped = 0;
  const refuse = (reason: string): void => {
    dropped++;
    options.refused(reason);
  };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    // The peer going away in the middle is no trouble of ours: "close" follows.
    socket.on("error", () => undefined);
    const peer = identify(socket, readPeer.ok ? readPeer.value : undefined);
    const reason = open.size >= CONNECTIONS ? "too many connections" : peer.refusal;
    if (reason !== undefined) {
      refuse(`${peer.caller.who}: ${reason}`);
      socket.destroy();
      return;
    }
    const served = serve(socket, peer.caller, { ...options, refused: refuse }, closing.signal);
    open.set(socket, served);
    socket.once("close", () => open.delete(socket));
  });
  const lock = await bindSocket(server, { path: options.path, group: undefined });
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const ended = new Promise((resolve) => server.close(resolve));
    closing.abort();
    const late = new AbortController();
    await Promise.race([Promise.allSettled(open.values()), sleep(CLOSE_MS, late.signal, "loose")]);
    late.abort();
    for (const socket of open.keys()) socket.destroy();
    await ended;
    lock?.release();
  };
  return {
    path: options.path,
    get dropped() {
      return dropped;
    },
    [Symbol.asyncDispose]: () => (closed ??= close()),
  };
}

interface Peer {
  readonly caller: Caller;
  readonly refusal: string | undefined;
}

/** Without an answer of the kernel the mode of the socket decides: 0600 lets nobody else in. */
function identify(socket: Socket, readPeer: ReadPeer | undefined): Peer {
  const credentials = readPeer?.(socket);
  if (credentials === undefined)
    return { caller: { who: "fail2ban-client", argv: [] }, refusal: undefined };
  const { uid, pid } = credentials;
  const name = userName(uid);
  const who = name === undefined ? `uid ${uid}` : `${name} (uid ${uid})`;
  const may = uid === 0 || uid === (process.geteuid?.() ?? 0);
  return {
    caller: { who, argv: argumentsOf(pid) },
    refusal: may ? undefined : "not the owner of the daemon",
  };
}

/** proc_pid_cmdline(5); nothing depends on it but what is said to somebody who wants a restart. */
function argumentsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    // It has ended, or is counted in another namespace.
    return [];
  }
}

async function serve(
  socket: Socket,
  caller: Caller,
  options: CommandSocketOptions,
  closing: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  socket.once("close", () => gone.abort());
  try {
    const signal = AbortSignal.any([gone.signal, closing]);
    await answerAll(socket, { caller, options, signal, gone: gone.signal });
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    options.failed(reason);
  } finally {
    socket.setTimeout(CLOSE_MS, () => socket.destroy());
    socket.destroySoon();
  }
}

interface Serving {
  readonly caller: Caller;
  readonly options: CommandSocketOptions;
  /** The client or the socket goes away. */
  readonly signal: AbortSignal;
  readonly gone: AbortSignal;
}

/** One command after another, and nothing read while one is answered: the kernel's buffer is all a client can fill. */
async function answerAll(socket: Socket, serving: Serving): Promise<void> {
  const { caller, options, signal } = serving;
  const { patience = PATIENCE_MS } = options;
  const reader = createFrameReader(FRAME_BYTES);
  const port = options.portFor(caller);
  const chunks = socket.iterator({ destroyOnReturn: false });
  while (!signal.aborted) {
    const wait = reader.pending > 0 ? patience : IDLE_MS;
    const chunk = await nextChunk(chunks, wait, signal);
    if (chunk === "late" && reader.pending > 0)
      return drop(socket, serving, "a command was not complete in time");
    if (chunk === undefined || chunk === "late") return;
    const frames = reader.push(chunk);
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

/** undefined: the other end, or this one, is done. */
async function nextChunk(
  chunks: AsyncIterator<Buffer>,
  wait: number,
  signal: AbortSignal,
): Promise<Buffer | "late" | undefined> {
  const done = new AbortController();
  const timeout = sleep(wait, AbortSignal.any([signal, done.signal]), "loose");
  try {
    const next = chunks.next().then(
      ({ done: ended, value }) => (ended === true ? undefined : value),
      () => undefined,
    );
    const first = await Promise.race([next, timeout]);
    if (first === "elapsed") return "late";
    return first === "aborted" ? undefined : first;
  } finally {
    done.abort();
  }
}

/** As the original says that it could not take something: a text where a pair is expected. */
async function drop(
  socket: Socket,
  { caller, options, gone }: Serving,
  reason: string,
): Promise<void> {
  options.refused(`${caller.who}: ${reason}`);
  await send(socket, `ERROR: ${reason}`, { patience: CLOSE_MS, gone });
}

/** Whether the client took it in time. */
async function send(
  socket: Socket,
  reply: PickleValue,
  { patience, gone }: { readonly patience: number; readonly gone: AbortSignal },
): Promise<boolean> {
  if (socket.destroyed || !socket.writable) return false;
  const done = new AbortController();
  const taken = new Promise<"taken" | "failed">((resolve) => {
    socket.write(Buffer.concat([encode(reply), END]), (error) =>
      resolve(error ? "failed" : "taken"),
    );
  });
  const late = sleep(patience, AbortSignal.any([gone, done.signal]), "loose");
  const outcome = await Promise.race([taken, late]);
  done.abort();
  return outcome === "taken";
}

/** A mark inside a text would end the frame early. */
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
