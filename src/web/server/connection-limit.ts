/**
 * Bounds open connections. When too many are open, the oldest one that never showed a session is closed: who only opens
 * connections, which every local user can, keeps nobody else out.
 */
import type { Server, Socket } from "node:net";

const MAX_CONNECTIONS = 256;
/** Maximum number of connections together with those that have not finished their TLS handshake. */
const MAX_SOCKETS = 1024;

export class ConnectionLimit {
  /** Connections without a session, oldest first. */
  readonly #strangers = new Set<Socket>();
  #open = 0;

  /** `event`: "connection", or "secureConnection" of a server with TLS. */
  watch(server: Server, event: "connection" | "secureConnection"): void {
    server.maxConnections = MAX_SOCKETS;
    server.on(event, (socket: Socket) => this.#add(socket));
  }

  /** Keeps a connection whose user has logged in. */
  keep(socket: Socket): void {
    this.#strangers.delete(socket);
  }

  #add(socket: Socket): void {
    this.#strangers.add(socket);
    this.#open++;
    socket.once("close", () => {
      this.#strangers.delete(socket);
      this.#open--;
    });
    const [oldest] = this.#strangers;
    if (this.#open <= MAX_CONNECTIONS || oldest === undefined) return;
    this.#strangers.delete(oldest);
    oldest.destroy();
  }
}
