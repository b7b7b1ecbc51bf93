/**
 * The control socket of the daemon. Knows nothing of jails: `answer` does. Bounds: 64 connections, of which the last
 * 8 are kept for root and the daemon's own user, so that nobody of the group can shut them out. A socket whose file
 * somebody removed (what cleans /run, say) can be reached by nobody, so it is looked after and made anew.
 */
import { existsSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { userName } from "../platform/accounts.ts";
import {
  loadPeerCredentials,
  type PeerCredentials,
  type ReadPeer,
} from "../platform/peer-credentials.ts";
import { createAlarm, sleep } from "../platform/timers.ts";
import type { Emit } from "../telemetry/events.ts";
import { type AccessRules, isOwner, type Peer } from "./access.ts";
import { bindSocket } from "./bind-socket.ts";
import { Connection } from "./connection.ts";
import type { EventFeed } from "./event-feed.ts";
import type { CommandName, Commands } from "./messages.ts";
import { encode } from "./protocol.ts";

/** Throws a CodedError for what the asker is to be told; anything else is taken for a bug. */
export type AnswerCommand = <Name extends CommandName>(
  command: Name,
  input: Commands[Name]["in"],
  who: string,
) => Promise<Commands[Name]["out"]>;

export interface ControlServerOptions {
  readonly path: string;
  /** Its members may read as well; undefined: only root and the daemon's own user. */
  readonly group: string | undefined;
  readonly groupMay?: "read" | "change";
  readonly answer: AnswerCommand;
  /** What `follow` shows. */
  readonly feed?: EventFeed;
  readonly emit: Emit;
  /** Milliseconds a client may take for a request, and for reading a reply. */
  readonly patience?: number;
  /** Milliseconds between looks whether the socket is still there. */
  readonly lookEvery?: number;
}

export interface ControlServer extends AsyncDisposable {
  readonly path: string;
}

const CONNECTIONS = 64;
const RESERVED = 8;
const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 30_000;
/** For answers under way when the server closes. */
const CLOSE_MS = 1000;

export async function openControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const { path, group, emit, lookEvery = LOOK_EVERY_MS } = options;
  const readPeer = await loadPeerCredentials();
  const rules: AccessRules = {
    ownUid: process.geteuid?.() ?? 0,
    shared: group !== undefined,
    groupMay: options.groupMay ?? "read",
  };
  const closing = new AbortController();
  const open = new Map<Socket, Promise<void>>();
  const accept = (socket: Socket): void => {
    const peer = identify(socket, readPeer.ok ? readPeer.value : undefined);
    const room = isOwner(peer, rules) ? CONNECTIONS : CONNECTIONS - RESERVED;
    if (open.size >= room) {
      turnAway(socket, peer, emit);
      return;
    }
    const served = serve(socket, peer, { options, rules, signal: closing.signal });
    open.set(socket, served);
    socket.once("close", () => open.delete(socket));
  };
  const listening = (): Server => createServer({ allowHalfOpen: true }, accept);
  let server = listening();
  let lock = await bindSocket(server, { path, group });
  let reopening: Promise<void> = Promise.resolve();
  const looking = createAlarm(() => {
    reopening = reopen();
  });
  looking.set(lookEvery);

  async function reopen(): Promise<void> {
    looking.set(lookEvery);
    if (existsSync(path)) return;
    // Before the new one is there: closing removes whatever has the name. Connections that are open go on.
    server.close();
    lock?.release();
    lock = undefined;
    server = listening();
    try {
      lock = await bindSocket(server, { path, group });
      emit({ event: "control-reopened", path });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      emit({ event: "control-refused", reason });
    }
  }

  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    looking.clear();
    await reopening;
    // Also removes the socket from its folder.
    const ended = new Promise((resolve) => server.close(resolve));
    closing.abort();
    const late = new AbortController();
    await Promise.race([Promise.allSettled(open.values()), sleep(CLOSE_MS, late.signal, "loose")]);
    late.abort();
    for (const socket of open.keys()) socket.destroySoon();
    await Promise.race([ended, sleep(CLOSE_MS, AbortSignal.timeout(CLOSE_MS), "loose")]);
    for (const socket of open.keys()) socket.destroy();
    await ended;
    lock?.release();
  };
  return { path, [Symbol.asyncDispose]: () => (closed ??= close()) };
}

interface Serving {
  readonly options: ControlServerOptions;
  readonly rules: AccessRules;
  readonly signal: AbortSignal;
}

async function serve(
  socket: Socket,
  peer: Peer,
  { options, rules, signal }: Serving,
): Promise<void> {
  const { answer, feed, emit, patience = PATIENCE_MS } = options;
  const connection = new Connection(socket, {
    peer,
    rules,
    // The input has been held against the command's shape.
    answer: (command, input, who) => answer(command, input as Commands[typeof command]["in"], who),
    feed,
    emit,
    patience,
    signal,
  });
  try {
    await connection.serve();
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    emit({ event: "bug", part: "control", reason });
    socket.destroy();
  }
}

function identify(socket: Socket, readPeer: ReadPeer | undefined): Peer {
  const credentials: PeerCredentials | undefined = readPeer?.(socket);
  if (credentials === undefined) return { credentials, who: "unknown user" };
  const name = userName(credentials.uid);
  const uid = `uid ${credentials.uid}`;
  return { credentials, who: name === undefined ? uid : `${name} (${uid})` };
}

function turnAway(socket: Socket, { who }: Peer, emit: Emit): void {
  emit({ event: "control-refused", reason: `${who}: too many connections` });
  const error = { code: "busy", message: "too many connections to the daemon", hint: "try again" };
  socket.on("error", () => undefined);
  socket.setTimeout(CLOSE_MS, () => socket.destroy());
  socket.end(encode({ id: null, ok: false, error }));
  socket.resume();
}
