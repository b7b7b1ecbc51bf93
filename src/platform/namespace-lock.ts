/**
 * A lock that belongs to the network namespace: an abstract unix socket (unix(7)), which exists once in each and ends
 * with its owner, however it ends. Whoever asks is told the owner's words.
 *
 * Anybody may bind such a name, so only an owner who is root or our own user counts; a name that somebody else has is
 * passed over for the next one.
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import { fail, ok, type Result } from "../domain/result.ts";
import { loadPeerCredentials, type ReadPeer } from "./peer-credentials.ts";

export interface NamespaceLock {
  release(): void;
}

export interface LockOwner {
  /** 0 where its number cannot be told: it lives in another PID namespace. */
  readonly pid: number;
  /** What it says of itself. */
  readonly text: string;
}

const NAMES = 8;
const ANSWER_MS = 1000;
const MAX_TEXT_BYTES = 1000;

/** `text`: told to whoever asks. Fails with the owner. */
export async function acquireNamespaceLock(
  name: string,
  text: string,
): Promise<Result<NamespaceLock, LockOwner>> {
  const loaded = await loadPeerCredentials();
  const readPeer: ReadPeer = loaded.ok ? loaded.value : () => undefined;
  const paths = Array.from({ length: NAMES }, (_, i) => `\0${name}${i === 0 ? "" : ` ${i}`}`);
  let lock: Server | undefined;
  for (const path of paths) {
    lock ??= await bind(path, text);
    if (lock?.address() === path) continue;
    const owner = await askOwner(path, readPeer);
    if (owner === undefined) continue;
    lock?.close();
    return fail(owner);
  }
  return ok({ release: () => lock?.close() });
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

/** undefined: nobody has the name, or nobody who counts. */
function askOwner(path: string, readPeer: ReadPeer): Promise<LockOwner | undefined> {
  return new Promise((resolve) => {
    const socket: Socket = connect({ path });
    let owner: Omit<LockOwner, "text"> | undefined;
    let text = "";
    const end = (): void => {
      socket.destroy();
      resolve(owner === undefined ? undefined : { ...owner, text });
    };
    socket.setTimeout(ANSWER_MS, end);
    socket.once("connect", () => {
      const peer = readPeer(socket);
      if (peer === undefined || (peer.uid !== 0 && peer.uid !== process.getuid?.())) end();
      else owner = { pid: peer.pid };
    });
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      text = (text + chunk).slice(0, MAX_TEXT_BYTES);
    });
    socket.once("end", end);
    socket.once("error", end);
  });
}
