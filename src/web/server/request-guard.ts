/**
 * Refuses requests that a page of another site may have caused: a host name that is not this server's (DNS rebinding),
 * and another origin (CSRF). Session secrets are checked separately, by the API.
 */
export interface RequestFacts {
  readonly method: string;
  readonly path: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** Sec-Fetch-Site, which browsers set and pages cannot. */
  readonly site: string | undefined;
}

export interface Refusal {
  readonly code: "other-host" | "other-origin";
  readonly status: 403 | 421;
  readonly message: string;
  readonly hint: string;
}

/** This host in URLs, in addition to configured names. */
const OWN_ADDRESSES: ReadonlySet<string> = new Set(["127.0.0.1", "[::1]"]);

export function refuseRequest(
  facts: RequestFacts,
  names: ReadonlySet<string>,
): Refusal | undefined {
  const { method, path, host = "", origin, site } = facts;
  const name = host.toLowerCase().replace(/:\d{1,5}$/, "");
  if (!OWN_ADDRESSES.has(name) && !names.has(name))
    return {
      code: "other-host",
      status: 421,
      message: `this dashboard is not known as ${name.slice(0, 100)}`,
      hint: "add the name to hosts in web.toml",
    };
  if (!path.startsWith("/api/")) return undefined;
  const isSame = site === undefined || site === "same-origin";
  const isRead = method === "GET" || method === "HEAD";
  // Browsers send Origin with every request that may change something.
  const isOwn = origin === undefined ? isRead : hostOf(origin) === host.toLowerCase();
  if (isSame && isOwn) return undefined;
  return {
    code: "other-origin",
    status: 403,
    message: "the request comes from another site",
    hint: "a proxy must pass the Host header unchanged, with its port",
  };
}

/**
 * Returns host and port of a request for localhost with the address on which the dashboard listens; undefined: the
 * request is for another name. Browsers try ::1 and 127.0.0.1 for localhost, and on the one that is free another local
 * user could serve a page of the same origin, which reads the secrets of a session.
 */
export function leaveLocalhost(host: string | undefined, address: string): string | undefined {
  const [isLocalhost, port = ""] = /^localhost(:\d{1,5})?$/i.exec(host ?? "") ?? [];
  return isLocalhost === undefined ? undefined : `${address}${port}`;
}

/** Returns host and port as browsers write them in the Host header; undefined: no origin, such as "null". */
function hostOf(origin: string): string | undefined {
  return URL.parse(origin)?.host;
}
