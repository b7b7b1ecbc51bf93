/**
 * Serves the control socket; `answer` implements the commands. Accepts at most 56 connections of the group, and
 * separately 64 of root and the daemon's own user. If a group shares the socket, the owner has a second one, and the
 * group's requests get a limited share of time (fair-share.ts): group members can neither lock out nor delay the owner.
 */
import { stackOf } from "../domain/thrown-error.ts";
import { reasonOf } from "../host/explain-system-error.ts";
import type { Socket } from "node:net";
import { accountOf, userName } from "../host/process/accounts.ts";
import {
  loadPeerCredentials,
  type PeerCredentials,
  type ReadPeer,
} from "../host/kernel/peer-credentials.ts";
import { within } from "../host/timers.ts";
import type { Emit } from "../telemetry/events.ts";
import { type AccessRules, isOwner, type Peer } from "./access.ts";
import { Connection } from "./connection.ts";
import type { EventFeed } from "./event-feed.ts";
import { createFairShare, type FairShare } from "./fair-share.ts";
import { type Listener, openListener } from "./listener.ts";
import type { CommandName, Commands, Reply } from "./messages.ts";
import { ownerSocketOf } from "./owner-socket.ts";
import { encode, QUESTION_BYTES, REQUEST_BYTES } from "./protocol.ts";

/** Executes a command. Throws a CodedError with a message for the client; any other error is a bug. */
export type AnswerCommand = <Name extends CommandName>(
  command: Name,
  input: Commands[Name]["in"],
  who: string,
) => Promise<Reply<Name>>;

export interface ControlServerOptions {
  readonly path: string;
  /** Members of this group may read; undefined: only root and the daemon's own user. */
  readonly group: string | undefined;
  /** User in the group who may also change bans and exemptions. */
  readonly operator?: string | undefined;
  readonly answer: AnswerCommand;
  /** Source of the events that `follow` sends. */
  readonly feed?: EventFeed;
  readonly emit: Emit;
  /** Milliseconds for a client to send a request, and to read a reply. */
  readonly patience?: number;
  /** Milliseconds between checks that the socket still exists. */
  readonly lookEvery?: number;
}

export interface ControlServer extends AsyncDisposable {
  readonly path: string;
}

/** Maximum number of open connections. */
const MAX_CONNECTIONS = { owner: 64, group: 56 } as const;
/** Maximum number of refused connections that receive a reason at the same time; more are closed without one. */
const MAX_FAREWELLS = 32;
/** Milliseconds for a client to send a request, and to read a reply. */
export const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 30_000;
/** Milliseconds that answers in progress may take when the server closes. */
const CLOSE_MS = 1000;

type Side = keyof typeof MAX_CONNECTIONS;

export async function openControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const { path, group, emit, lookEvery = LOOK_EVERY_MS } = options;
  const readPeer = await loadPeerCredentials();
  const rules: AccessRules = {
    ownUid: process.geteuid?.() ?? 0,
    shared: group !== undefined,
    operator: options.operator === undefined ? undefined : accountOf(options.operator)?.uid,
  };
  const closing = new AbortController();
  const share = createFairShare(closing.signal);
  const open: { readonly [side in Side]: Map<Socket, Promise<void>> } = {
    owner: new Map(),
    group: new Map(),
  };
  const turnAway = createDoor(emit);
  const accept = (socket: Socket): void => {
    const peer = identify(socket, readPeer.ok ? readPeer.value : undefined);
    const side: Side = isOwner(peer, rules) ? "owner" : "group";
    const connections = open[side];
    if (connections.size >= MAX_CONNECTIONS[side]) {
      turnAway(socket, peer);
      return;
    }
    const serving = { options, rules, signal: closing.signal };
    const served = serve(socket, peer, side === "owner" ? serving : { ...serving, share });
    connections.set(socket, served);
    socket.once("close", () => connections.delete(socket));
  };
  const listeners = [await openListener({ path, group, accept, emit, lookEvery })];
  if (group !== undefined)
    listeners.push(...(await openOwnerListener({ path, accept, emit, lookEvery })));

  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const ended = Promise.all(listeners.map((listener) => listener.close()));
    closing.abort();
    const all = (): readonly [Socket, Promise<void>][] => [...open.owner, ...open.group];
    await within(Promise.allSettled(all().map(([, served]) => served)), CLOSE_MS);
    for (const [socket] of all()) socket.destroySoon();
    await within(ended, CLOSE_MS);
    for (const [socket] of all()) socket.destroy();
    await ended;
    for (const listener of listeners) listener.release();
  };
  return { path, [Symbol.asyncDispose]: () => (closed ??= close()) };
}

/** Opens the owner's socket. A failure is only reported: root can still use the shared socket. */
async function openOwnerListener(
  place: Omit<Parameters<typeof openListener>[0], "group">,
): Promise<readonly Listener[]> {
  try {
    return [await openListener({ ...place, path: ownerSocketOf(place.path), group: undefined })];
  } catch (error) {
    const reason = reasonOf(error);
    place.emit({ event: "control-refused", reason });
    return [];
  }
}

interface Serving {
  readonly options: ControlServerOptions;
  readonly rules: AccessRules;
  readonly signal: AbortSignal;
  /** Caps the share of the event loop that requests of this peer may use; undefined: no cap. */
  readonly share?: FairShare;
}

async function serve(
  socket: Socket,
  peer: Peer,
  { options, rules, signal, share }: Serving,
): Promise<void> {
  const { answer, feed, emit, patience = PATIENCE_MS } = options;
  const connection = new Connection(socket, {
    peer,
    rules,
    // The input was validated against the command's schema.
    answer: (command, input, who) => answer(command, input as Commands[typeof command]["in"], who),
    share,
    feed,
    emit,
    patience,
    signal,
    // Only the owner sends long lists, so others may not send large requests, which take time to parse.
    requestBytes: isOwner(peer, rules) ? REQUEST_BYTES : QUESTION_BYTES,
  });
  try {
    await connection.serve();
  } catch (error) {
    const reason = stackOf(error);
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

function createDoor(emit: Emit): (socket: Socket, peer: Peer) => void {
  let leaving = 0;
  return (socket, { who }) => {
    emit({ event: "control-refused", reason: `${who}: too many connections` });
    socket.on("error", () => undefined);
    if (leaving >= MAX_FAREWELLS) {
      socket.destroy();
      return;
    }
    leaving++;
    socket.once("close", () => leaving--);
    const hint = "try again";
    const error = { code: "busy", message: "too many connections to the daemon", hint };
    socket.setTimeout(CLOSE_MS, () => socket.destroy());
    socket.end(encode({ id: null, ok: false, error }));
    socket.resume();
  };
}
