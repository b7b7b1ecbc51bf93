/** Finds the address of a client on another host. */
import type { HttpBindings } from "@hono/node-server";
import { type Ip, parseIp } from "../../domain/ip.ts";
import { isLoopback } from "../web-settings.ts";

/** Returns undefined if the client is on this host, or behind a proxy or a forwarded port. */
export function remotePeer({ incoming }: HttpBindings): Ip | undefined {
  const peer = parseIp(incoming.socket.remoteAddress ?? "");
  return peer === undefined || isLoopback(peer) ? undefined : peer;
}
