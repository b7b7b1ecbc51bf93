/** Attempts a failed login to a web server: HTTP Basic authentication (RFC 7617) for one protected path. */
import { request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import type { Dial, DialOutcome } from "./dial.ts";

export interface HttpDial extends Dial {
  /** A path that requires a password: "/" or "/private/". */
  readonly path: string;
}

export async function dialHttp(dial: HttpDial): Promise<DialOutcome> {
  const open = await get(dial, {});
  if (open !== 401) {
    const answer = `GET ${dial.path} answers ${open} without asking for a password`;
    return { kind: "not-asked", answer };
  }
  const credentials = Buffer.from(`${dial.user}:no password`).toString("base64");
  const status = await get(dial, { authorization: `Basic ${credentials}` });
  const answer = `GET ${dial.path} answers ${status}`;
  if (status < 300) return { kind: "let-in", answer };
  return { kind: status < 500 ? "refused" : "unreachable", answer };
}

/** Requests the path, and resolves with the status code. Rejects on time-out. */
function get(
  { to, port, tls, from, limit, path }: HttpDial,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = (tls ? requestTls : requestPlain)({
      ...{ host: to, port, path, agent: false, rejectUnauthorized: false },
      ...(from === undefined ? {} : { localAddress: from }),
      headers: { "user-agent": "bailiff-canary", ...headers },
      signal: AbortSignal.timeout(limit),
    });
    request.once("error", reject);
    request.once("response", (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    request.end();
  });
}
