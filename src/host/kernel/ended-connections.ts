/**
 * Watches TCP connections of this network namespace end. sock_diag(7) announces each destroyed socket to readers with
 * CAP_NET_ADMIN. A half-open connection has no socket yet, so a scan that sends only SYN packets does not appear here.
 * Bounded: after `MAX_MESSAGES` announcements it stops listening until `renew` is called.
 */
import { type Ip, ipFromBits, parseIp } from "../../domain/ip.ts";
import { ok, type Result } from "../../domain/result.ts";
import { loadNetlink, type NetlinkSocket, type OpenNetlink } from "./netlink-socket.ts";

export interface EndedConnection {
  /** Port of this host. */
  readonly port: number;
  readonly peer: Ip;
}

export interface EndedConnectionsWatch {
  /** Starts listening again after it stopped at the bound. */
  renew(): Result<undefined, string>;
  close(): void;
}

/** NETLINK_SOCK_DIAG (linux/netlink.h). */
const SOCK_DIAG = 4;
/** SKNLGRP_INET_TCP_DESTROY and SKNLGRP_INET6_TCP_DESTROY as bits (linux/sock_diag.h). */
const TCP_GROUPS = (1 << 0) | (1 << 2);
/** SOCK_DIAG_BY_FAMILY (linux/sock_diag.h). */
const DIAG_MESSAGE = 20;
const HEADER_BYTES = 16;
/** Offsets in inet_diag_msg, and its size (linux/inet_diag.h). Ports and addresses are big-endian. */
const FAMILY = 0;
const LOCAL_PORT = 4;
const PEER_PORT = 6;
const PEER = 24;
const MESSAGE_BYTES = 72;
const AF_INET = 2;
/** Size of the receive buffer, for some thousand announcements of 400 bytes. */
const RECEIVE_BYTES = 1 << 19;
const MAX_MESSAGES = 2000;

export interface EndedConnectionsObserver {
  /** Called with all connections that were announced together. */
  readonly onEnded: (connections: readonly EndedConnection[]) => void;
  /** Called when sockets that listened on these ports were closed. */
  readonly onListenersClosed: (ports: readonly number[]) => void;
}

/** Starts watching. Fails when the kernel or the permissions do not allow it. */
export async function watchEndedConnections(
  observer: EndedConnectionsObserver,
  load: typeof loadNetlink = loadNetlink,
): Promise<Result<EndedConnectionsWatch, string>> {
  const loaded = await load();
  if (!loaded.ok) return loaded;
  const watch = new SocketWatch(loaded.value, observer);
  const opened = watch.renew();
  return opened.ok ? ok(watch) : opened;
}

class SocketWatch implements EndedConnectionsWatch {
  readonly #open: OpenNetlink;
  readonly #observer: EndedConnectionsObserver;
  #socket: NetlinkSocket | undefined;
  #messages = 0;

  constructor(open: OpenNetlink, observer: EndedConnectionsObserver) {
    this.#open = open;
    this.#observer = observer;
  }

  renew(): Result<undefined, string> {
    this.#messages = 0;
    if (this.#socket !== undefined) return ok(undefined);
    const opened = this.#open({
      protocol: SOCK_DIAG,
      groups: TCP_GROUPS,
      receiveBytes: RECEIVE_BYTES,
    });
    if (!opened.ok) return opened;
    this.#socket = opened.value;
    const listening = this.#socket.onReadable(() => this.#drain());
    if (!listening.ok) this.close();
    return listening;
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  #drain(): void {
    while (this.#socket !== undefined) {
      const received = this.#socket.receive();
      if (received.kind === "empty") return;
      if (received.kind === "failed") return this.close();
      // A lost message is only a missed sample.
      if (received.kind === "lost") continue;
      this.#messages++;
      const { connections, listeners } = parseEndedSockets(received.bytes);
      this.#observer.onEnded(connections);
      if (listeners.length > 0) this.#observer.onListenersClosed(listeners);
      if (this.#messages >= MAX_MESSAGES) this.close();
    }
  }
}

export interface EndedSockets {
  readonly connections: readonly EndedConnection[];
  /** Ports of sockets without a peer, which listened. */
  readonly listeners: readonly number[];
}

export function parseEndedSockets(bytes: Buffer): EndedSockets {
  const connections: EndedConnection[] = [];
  const listeners: number[] = [];
  for (let at = 0; at + HEADER_BYTES + MESSAGE_BYTES <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    const message = bytes.subarray(at + HEADER_BYTES, at + length);
    const isSocket = bytes.readUInt16LE(at + 4) === DIAG_MESSAGE && message.length >= MESSAGE_BYTES;
    if (isSocket) {
      const port = message.readUInt16BE(LOCAL_PORT);
      if (message.readUInt16BE(PEER_PORT) === 0) listeners.push(port);
      else connections.push({ port, peer: peerIn(message) });
    }
    if (length < HEADER_BYTES) break;
    at += (length + 3) & ~3;
  }
  return { connections, listeners };
}

function peerIn(message: Buffer): Ip {
  if (message[FAMILY] === AF_INET) return ipFromBits(BigInt(message.readUInt32BE(PEER)), "ipv4");
  const bits = (message.readBigUInt64BE(PEER) << 64n) | message.readBigUInt64BE(PEER + 8);
  const ip = ipFromBits(bits, "ipv6");
  // A mapped address represents an IPv4 address.
  return parseIp(ip) ?? ip;
}
