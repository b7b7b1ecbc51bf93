/** Finds the sockets on which each program of this network namespace listens, as far as visible. */
import { type Listener, listListeners, ownersOf } from "./listeners.ts";

/** Returns sockets by the kernel's name of their program, which has at most 15 characters. */
export function listeningPrograms(): ReadonlyMap<string, readonly Listener[]> {
  const listeners = listListeners();
  const owners = ownersOf(listeners);
  const pairs = listeners.flatMap((listener) =>
    (owners.get(listener.inode) ?? []).map(({ command }) => ({ command, listener })),
  );
  const byCommand = Map.groupBy(pairs, ({ command }) => command);
  return new Map([...byCommand].map(([name, of]) => [name, of.map(({ listener }) => listener)]));
}

/** Default begin of net.ipv4.ip_local_port_range (ip(7)): the kernel chooses ports from here on for clients. */
const FIRST_CHOSEN_PORT = 32_768;

/** Returns false for UDP sockets of clients, which have no fixed peer either. */
export function isServerSocket({ protocol, port }: Pick<Listener, "protocol" | "port">): boolean {
  return protocol === "tcp" || port < FIRST_CHOSEN_PORT;
}
