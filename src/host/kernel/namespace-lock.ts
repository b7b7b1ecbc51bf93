/**
 * Locks a network namespace for one owner, and tells other processes who owns it.
 *
 * flock(2) decides, on a file of /proc/sys that exists once in each namespace and that only its root may open. A
 * container that shares the namespace has another /proc, so abstract unix sockets (unix(7)), which also exist once in
 * each namespace, are bound as well. The kernel releases both when their owner ends.
 *
 * Any user may bind a socket name: only an owner that is root or our user counts. Names that other users have bound are
 * reported.
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type FileLock, lockKernelFile } from "../file-lock.ts";
import { loadPeerCredentials, type ReadPeer } from "./peer-credentials.ts";

export interface NamespaceLock {
  /** Processes of other users that have bound a socket name without owning the lock. */
  readonly obstructions: readonly Obstruction[];
  release(): void;
}

export interface LockOwner {
  /** Process id; 0: unknown, because it runs in another PID namespace. */
  readonly pid: number;
  /** The text that it sends to other processes. */
  readonly text: string;
}

export interface Obstruction {
  readonly pid: number;
  readonly uid: number;
}

export interface LockNames {
  /** Name of the sockets. */
  readonly name: string;
  /** Text that is sent to every process that connects. */
  readonly text: string;
  /** A file that exists once in each network namespace; undefined: only the sockets decide. */
  readonly file: string | undefined;
}

/** A file of each network namespace that only its root may open. Reading or locking it has no side effect. */
export const NAMESPACE_FILE = "/proc/sys/net/ipv4/tcp_fastopen_key";

const MAX_NAMES = 8;
const ANSWER_MS = 1000;
const MAX_TEXT_BYTES = 1000;

/** Takes the lock. The error names the current owner. */
export async function acquireNamespaceLock({
  name,
  text,
  file,
}: LockNames): Promise<Result<NamespaceLock, LockOwner>> {
  const loaded = await loadPeerCredentials();
  const readPeer: ReadPeer = loaded.ok ? loaded.value : () => undefined;
  const paths = Array.from({ length: MAX_NAMES }, (_, i) => `\0${name}${i === 0 ? "" : ` ${i}`}`);
  const locked = file === undefined ? undefined : await lockKernelFile(file);
  if (locked?.ok === false && locked.error.kind === "held") {
    const answers = await Promise.all(paths.map((path) => askHolder(path, readPeer)));
    const { pid, text: said = "" } = answers.find((one) => one !== undefined && isOwner(one)) ?? {
      pid: locked.error.pid,
    };
    return fail({ pid, text: said });
  }
  const fileLock = locked?.ok === true ? locked.value : undefined;
  return acquireSocket({ paths, text, readPeer, fileLock });
}

interface SocketNames {
  readonly paths: readonly string[];
  readonly text: string;
  readonly readPeer: ReadPeer;
  readonly fileLock: FileLock | undefined;
}

async function acquireSocket({
  paths,
  text,
  readPeer,
  fileLock,
}: SocketNames): Promise<Result<NamespaceLock, LockOwner>> {
  const obstructions: Obstruction[] = [];
  let socket: Server | undefined;
  const release = (): void => {
    socket?.close();
    fileLock?.release();
  };
  for (const path of paths) {
    socket ??= await bind(path, text);
    if (socket?.address() === path) continue;
    const holder = await askHolder(path, readPeer);
    if (holder === undefined) continue;
    if (isOwner(holder)) {
      release();
      return fail({ pid: holder.pid, text: holder.text });
    }
    obstructions.push({ pid: holder.pid, uid: holder.uid });
  }
  return ok({ obstructions, release });
}

function bind(path: string, text: string): Promise<Server | undefined> {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.end(text);
  });
  return new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen({ path }, () => {
      server.unref();
      resolve(server);
    });
  });
}

interface Holder extends Obstruction {
  readonly text: string;
}

function isOwner({ uid }: Obstruction): boolean {
  return uid === 0 || uid === process.getuid?.();
}

/** Asks the process that bound the name; undefined: none did, or it does not answer. */
function askHolder(path: string, readPeer: ReadPeer): Promise<Holder | undefined> {
  return new Promise((resolve) => {
    const socket: Socket = connect({ path });
    let holder: Obstruction | undefined;
    let text = "";
    const end = (): void => {
      socket.destroy();
      resolve(holder === undefined ? undefined : { ...holder, text });
    };
    socket.setTimeout(ANSWER_MS, end);
    socket.once("connect", () => {
      const peer = readPeer(socket);
      if (peer !== undefined) holder = { pid: peer.pid, uid: peer.uid };
      // Ignore what a process of another user sends.
      if (holder === undefined || !isOwner(holder)) end();
    });
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      text = (text + chunk).slice(0, MAX_TEXT_BYTES);
    });
    socket.once("end", end);
    socket.once("error", end);
  });
}
