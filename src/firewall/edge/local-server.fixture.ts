/** An HTTP server on 127.0.0.1 that stands for a service, with the faults that a test asks for. */
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  /** The parsed JSON; undefined: no body. */
  readonly json: unknown;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Fault = Reply | "hang" | "reset";

export interface LocalServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /**
   * Replies to the next requests, one each, before the service does. "hang": no reply, ever. "reset": the connection is
   * closed.
   */
  readonly faults: Fault[];
}

export interface LocalServerOptions {
  readonly reply: (request: ReceivedRequest) => Reply;
  /** A free one by default. */
  readonly port?: number | undefined;
  readonly certificate?: { readonly key: string; readonly cert: string };
}

export async function openLocalServer({
  reply,
  port: wanted = 0,
  certificate,
}: LocalServerOptions): Promise<LocalServer> {
  const requests: ReceivedRequest[] = [];
  const faults: Fault[] = [];
  const listener: RequestListener = (incoming, outgoing) => {
    let text = "";
    incoming.setEncoding("utf8").on("data", (part: string) => void (text += part));
    incoming.on("end", () => {
      const url = new URL(incoming.url ?? "", "http://127.0.0.1");
      const request: ReceivedRequest = {
        method: incoming.method ?? "",
        path: decodeURIComponent(url.pathname),
        query: url.searchParams,
        headers: Object.fromEntries(
          Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
        ),
        text,
        json: text === "" ? undefined : JSON.parse(text),
      };
      requests.push(request);
      const answer = faults.shift() ?? reply(request);
      if (answer === "reset") incoming.socket.destroy();
      if (answer === "hang" || answer === "reset") return;
      const { status, body, headers = {} } = answer;
      const isText = typeof body === "string";
      const type = { "content-type": isText ? "text/html" : "application/json", ...headers };
      outgoing.writeHead(status, type).end(isText ? body : body && JSON.stringify(body));
    });
  };
  const server: Server =
    certificate === undefined ? createServer(listener) : createSecureServer(certificate, listener);
  await once(server.listen(wanted, "127.0.0.1"), "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  return {
    url: `${certificate === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    requests,
    faults,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
