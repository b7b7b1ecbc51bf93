/**
 * Opens a second socket that speaks fail2ban's protocol, for its client and for programs that query it. Only root and
 * the daemon's own user have access. Bounds: 32 connections, frames of 4 MiB, a time limit for each frame and each
 * reply; a client that exceeds them gets an error, is dropped, and counted.
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
const PATIENCE_MS = 30_000;
/** For answers under way when the socket closes. */
const CLOSE_MS = 1000;

/** Throws a CodedError when another server answers at the path, or it cannot be used. */
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
    // A peer that disconnects midway needs no handling: "close" follows.
    socket.on("error", () => undefined);
    const peer = identify(socket, readPeer.ok ? readPeer.value : undefined);
    const reason = open.size >= CONNECTIONS ? "too many connections" : peer.refusal;
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

/** Without an answer of the kernel the socket's mode decides: 0600 keeps other users out. */
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

/** proc_pid_cmdline(5); used only for the answer to a client that asks for a restart. */
function argumentsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    // It has ended, or is counted in another namespace.
    return [];
  }
}
