/**
 * Opens a socket for fail2ban's protocol, for its client and other programs that use it. Only root and the daemon's own
 * user have access. Limits: 32 connections, frames of 4 MiB, a time limit for each frame and each reply. A client that
 * exceeds one gets an error, is dropped, and is counted.
 */
import { readFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { bindSocket } from "../../control/bind-socket.ts";
import { userName } from "../../host/process/accounts.ts";
import { loadPeerCredentials, type ReadPeer } from "../../host/kernel/peer-credentials.ts";
import { within } from "../../host/timers.ts";
import type { CommandPort } from "./command-port.ts";
import { serveConnection } from "./command-socket/connection.ts";
import type { Caller } from "./transmitter.ts";

export interface CommandSocketOptions {
  readonly path: string;
  /** Creates the CommandPort for a caller, who is recorded as the author of changes. */
  readonly portFor: (caller: Caller) => CommandPort;
  /** Called when a connection was dropped or refused. */
  readonly refused: (reason: string) => void;
  /** Called when an answer failed because of a bug. */
  readonly failed: (reason: string) => void;
  /** Time limit in milliseconds for receiving a frame, and for sending a reply. */
  readonly patience?: number;
}

export interface CommandSocket extends AsyncDisposable {
  readonly path: string;
  /** Number of connections dropped or refused since the start. */
  readonly dropped: number;
}

const MAX_CONNECTIONS = 32;
const PATIENCE_MS = 30_000;
/** Milliseconds that answers in progress may take when the socket closes. */
const CLOSE_MS = 1000;

/** Opens the socket. Throws a CodedError if another server answers at the path, or the path cannot be used. */
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
    // A client that disconnects early is not an error here: "close" follows.
    socket.on("error", () => undefined);
    const peer = identify(socket, readPeer.ok ? readPeer.value : undefined);
    const reason = open.size >= MAX_CONNECTIONS ? "too many connections" : peer.refusal;
    if (reason !== undefined) {
      refuse(`${peer.caller.who}: ${reason}`);
      socket.destroy();
      return;
    }
    const bounds = { ...options, refused: refuse, patience: options.patience ?? PATIENCE_MS };
    const served = serveConnection(socket, peer.caller, bounds, closing.signal);
    open.set(socket, served);
    socket.once("close", () => open.delete(socket));
  });
  const lock = await bindSocket(server, { path: options.path, group: undefined });
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const ended = new Promise((resolve) => server.close(resolve));
    closing.abort();
    await within(Promise.allSettled(open.values()), CLOSE_MS);
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

/** Returns the user of a connection. Without peer credentials the socket's mode 0600 keeps other users out. */
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

/** Returns the command line of a process (proc_pid_cmdline(5)), used only to refuse a restart. */
function argumentsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    // The process has ended, or is in another PID namespace.
    return [];
  }
}
