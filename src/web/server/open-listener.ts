/** Opens the HTTP server on an address of this host or a Unix socket, with TLS if configured. */
import { getRequestListener } from "@hono/node-server";
import { once } from "node:events";
import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import type { Server } from "node:http";
import type { Hono } from "hono";
import { reasonOf } from "../../host/explain-system-error.ts";
import { startError } from "../start-error.ts";
import { type ListenPlace, urlHostOf, type WebSettings } from "../web-settings.ts";
import type { ConnectionLimit } from "./connection-limit.ts";
import { readTlsFiles } from "./tls-files.ts";

export interface WebListener extends AsyncDisposable {
  /** Where browsers find it; on a Unix socket the first configured name, which the proxy serves. */
  readonly url: string;
}

/** Milliseconds for slow clients, which could keep connections open with requests that they never complete. */
const TIMES = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 2000,
} as const;
const HANDSHAKE_MS = 10_000;

export async function openListener(
  app: Hono,
  settings: WebSettings,
  connections: ConnectionLimit,
): Promise<WebListener> {
  const { listen, tls } = settings;
  const server = await createServer(app, tls);
  connections.watch(server, tls === undefined ? "connection" : "secureConnection");
  try {
    await bind(server, listen);
  } catch (error) {
    const where = listen.kind === "unix" ? listen.path : `${listen.host}:${listen.port}`;
    const message = `cannot listen on ${where}: ${reasonOf(error)}`;
    throw startError(message, "set another address, port or path in listen of web.toml", error);
  }
  return {
    url: urlOf(server, settings),
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function createServer(app: Hono, tls: WebSettings["tls"]): Promise<Server> {
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  if (tls === undefined) {
    const { createServer: create } = await import("node:http");
    return create(TIMES, (request, response) => void listener(request, response));
  }
  const { createServer: create } = await import("node:https");
  return create(
    { ...TIMES, ...readTlsFiles(tls), minVersion: "TLSv1.2", handshakeTimeout: HANDSHAKE_MS },
    (request, response) => void listener(request, response),
  );
}

async function bind(server: Server, listen: ListenPlace): Promise<void> {
  if (listen.kind === "tcp") server.listen(listen.port, listen.host);
  else {
    // A socket that was left behind; a running dashboard still has its own file open, but is no longer found.
    if (lstatSync(listen.path, { throwIfNoEntry: false })?.isSocket()) unlinkSync(listen.path);
    // Closed to others until its mode is set.
    const mask = process.umask(0o177);
    server.listen(listen.path);
    process.umask(mask);
  }
  await once(server, "listening");
  // For the proxy, which must be in the group of the socket.
  if (listen.kind === "unix") chmodSync(listen.path, 0o660);
}

function urlOf(server: Server, { listen, hosts, tls }: WebSettings): string {
  if (listen.kind === "unix") return `https://${hosts[0] ?? "localhost"}`;
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : listen.port;
  const host = hosts[0] ?? urlHostOf(listen.host);
  return `${tls === undefined ? "http" : "https"}://${host}:${port}`;
}
