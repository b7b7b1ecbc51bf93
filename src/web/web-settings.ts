/**
 * Reads web.toml, the settings of the dashboard. They are apart from the daemon's configuration, because this process
 * must read them without rights to that. Every setting has a default; a missing file means all defaults.
 */
import { readFileSync } from "node:fs";
import { isIP, isIPv6 } from "node:net";
import * as v from "valibot";
import { parseToml } from "../config/parse-toml.ts";
import { placeProblems } from "../config/place-problems.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { codeOf } from "../domain/thrown-error.ts";
import { explainSystemError } from "../host/explain-system-error.ts";
import { isPasswordHash, PASSWORD_FORM } from "./login/password.ts";
import { isUserName, NAME_FORM, type Role, ROLES } from "./roles.ts";

export const WEB_SETTINGS_PATH = "/etc/bailiff/web.toml";

export type ListenPlace =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

export interface ConfiguredUser {
  readonly role: Role;
  /** undefined: the user cannot log in with a password. */
  readonly password: string | undefined;
}

export interface WebSettings {
  readonly listen: ListenPlace;
  /** Names by which browsers may reach it, besides those of this host. */
  readonly hosts: readonly string[];
  /** Paths of PEM files. */
  readonly tls: { readonly certificate: string; readonly key: string } | undefined;
  /** Header in which a trusted proxy names the user; undefined: no proxy is trusted. */
  readonly userHeader: string | undefined;
  readonly users: ReadonlyMap<string, ConfiguredUser>;
  /** Path of the file with the token for /metrics; undefined: only sessions may read it. */
  readonly metricsTokenFile: string | undefined;
}

const LISTEN_FORM = '"127.0.0.1:8470", another address and port, or the path of a Unix socket';
const text = (expected: string) => v.string(expected);
const checked = (expected: string, isValid: (value: string) => boolean) =>
  v.pipe(text(expected), v.check(isValid, expected));

const PATH = checked("an absolute path", (path) => path.startsWith("/"));
const HOST_NAME = checked(
  "a host name or address without port, in lower case",
  (name) => /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name) || isIPv6(name),
);
const HEADER = checked("the name of a header, such as X-Forwarded-User", (name) =>
  /^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(name),
);
const USER = v.strictObject({
  role: v.optional(v.picklist(ROLES, '"read-only" or "operator"'), "read-only"),
  password: v.optional(checked(PASSWORD_FORM, isPasswordHash)),
});

const SHAPE = v.strictObject({
  listen: v.optional(
    checked(LISTEN_FORM, (place) => parseListen(place) !== undefined),
    "127.0.0.1:8470",
  ),
  hosts: v.optional(v.array(HOST_NAME, "a list of host names"), []),
  certificate: v.optional(PATH),
  key: v.optional(PATH),
  user_header: v.optional(HEADER),
  metrics_token_file: v.optional(PATH),
  users: v.optional(
    v.record(checked(`a name of a user: ${NAME_FORM}`, isUserName), USER, "tables [users.NAME]"),
    {},
  ),
});

/** Names of all settings, for the documentation's test. */
export const WEB_SETTINGS: readonly string[] = Object.keys(SHAPE.entries);

export async function readWebSettings(
  path: string | undefined,
): Promise<Result<WebSettings, readonly Problem[]>> {
  const file = path ?? WEB_SETTINGS_PATH;
  try {
    return await parseWebSettings(file, readFileSync(file, "utf8"));
  } catch (error) {
    if (path === undefined && codeOf(error) === "ENOENT") return parseWebSettings(file, "");
    const reason = explainSystemError(error);
    if (reason === undefined) throw error;
    return fail([{ path: file, got: reason.message }]);
  }
}

export async function parseWebSettings(
  path: string,
  content: string,
): Promise<Result<WebSettings, readonly Problem[]>> {
  const table = parseToml(path, content);
  if (!table.ok) return fail([table.error]);
  const parsed = v.safeParse(SHAPE, table.value);
  if (!parsed.success) {
    const problems = parsed.issues.map((issue) => describeIssue(path, issue));
    const placed = await placeProblems(content, problems);
    return fail(placed.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)));
  }
  const { listen, certificate, key, users, hosts, user_header: userHeader } = parsed.output;
  const { metrics_token_file: metricsTokenFile } = parsed.output;
  const place = parseListen(listen);
  if (place === undefined) throw new Error("a checked place was not parsed");
  const tls = certificate === undefined || key === undefined ? undefined : { certificate, key };
  const problem = findContradiction({ place, hosts, tls, certificate, key, userHeader });
  if (problem !== undefined) return fail(await placeProblems(content, [{ path, ...problem }]));
  const known = Object.entries(users).map(
    ([name, { role, password }]) => [name, { role, password }] as const,
  );
  return ok({
    ...{ listen: place, hosts: hosts.map(urlHostOf), tls, userHeader, users: new Map(known) },
    metricsTokenFile,
  });
}

/** Parses "ADDRESS:PORT" or an absolute path. Names are refused: what they mean may change. */
export function parseListen(place: string): ListenPlace | undefined {
  if (place.startsWith("/")) return { kind: "unix", path: place };
  const [, address = "", port = ""] = /^(.+):(\d{1,5})$/.exec(place) ?? [];
  const host = address.startsWith("[") && address.endsWith("]") ? address.slice(1, -1) : address;
  const isAddress = isIP(host) !== 0 && host.includes(":") === address.startsWith("[");
  return isAddress && Number(port) <= 65_535
    ? { kind: "tcp", host, port: Number(port) }
    : undefined;
}

/** Returns a name or an address as browsers write it in a URL and in the Host header. */
export function urlHostOf(host: string): string {
  if (!isIPv6(host)) return host;
  return URL.parse(`http://[${host}]`)?.hostname ?? `[${host}]`;
}

export function isLoopback(host: string): boolean {
  return host.startsWith("127.") || host === "::1";
}

interface Combination {
  readonly place: ListenPlace;
  readonly hosts: readonly string[];
  readonly tls: WebSettings["tls"];
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly userHeader: string | undefined;
}

function findContradiction(one: Combination): Omit<Problem, "path"> | undefined {
  const { place, hosts, tls, certificate, key, userHeader } = one;
  if (tls === undefined && (certificate ?? key) !== undefined) {
    const [set, missing] = key === undefined ? ["certificate", "key"] : ["key", "certificate"];
    return { key: set, got: `${set} without ${missing}`, expected: "both, or none" };
  }
  if (place.kind === "tcp" && !isLoopback(place.host) && tls === undefined)
    return {
      key: "listen",
      got: `${place.host}, which other hosts can reach, without encryption`,
      expected: "127.0.0.1, a Unix socket, or certificate and key",
      hint: "to reach it from another host: ssh -L 8470:127.0.0.1:8470 HOST",
    };
  if (place.kind === "tcp" && isEvery(place.host) && hosts.length === 0)
    return {
      key: "listen",
      got: `${place.host} without hosts, so no browser has a name for it`,
      expected: "hosts with the names or addresses by which browsers reach it",
    };
  if (userHeader !== undefined && place.kind === "tcp")
    return {
      key: "user_header",
      got: "a header from a port, to which every local user can connect and name anybody",
      expected: "a Unix socket in listen, which only the proxy may open",
    };
  return undefined;
}

/** Reports whether it means every address of this host. */
function isEvery(host: string): boolean {
  return ["0.0.0.0", "[::]"].includes(urlHostOf(host));
}

function describeIssue(path: string, issue: v.BaseIssue<unknown>): Problem {
  const key = v.getDotPath(issue) ?? "";
  if (issue.type === "strict_object" && issue.expected === "never") {
    const expected = key.startsWith("users.")
      ? "role or password"
      : `one of ${WEB_SETTINGS.join(", ")}`;
    return { path, key, got: "an unknown key", expected };
  }
  return { path, key, got: issue.received, expected: issue.message };
}
