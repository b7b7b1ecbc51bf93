/**
 * Answers as Cloudflare's documentation of the Lists API and of IP Access rules says: pages, one asynchronous operation
 * at a time (429 for a further one), and errors with codes.
 */
import { isRecord } from "../../domain/json.ts";
import {
  type LocalServer,
  openLocalServer,
  type ReceivedRequest,
  type Reply,
} from "./local-server.fixture.ts";

export interface CloudflareItem {
  readonly id: string;
  readonly ip: string;
  readonly comment: string;
}

export interface Cloudflare {
  readonly server: LocalServer;
  readonly items: Map<string, CloudflareItem>;
  /** Addresses for which an operation fails. */
  readonly refused: Set<string>;
  /** The only valid token. */
  token: string;
  add(ip: string, comment: string): void;
}

const LIST = "/accounts/acc/rules/lists/lst/items";
const RULES = "/zones/zon/firewall/access_rules/rules";
/** How often an operation is still running when its state is read. */
const RUNNING = 1;

interface Operation {
  readonly id: string;
  readonly error: string | undefined;
  looks: number;
}

export interface CloudflareOptions {
  readonly port?: number;
  readonly onRequest?: (request: ReceivedRequest) => void;
}

export async function openCloudflare({
  port,
  onRequest,
}: CloudflareOptions = {}): Promise<Cloudflare> {
  const items = new Map<string, CloudflareItem>();
  const refused = new Set<string>();
  let [count, pending]: [number, Operation | undefined] = [0, undefined];
  const finished = new Map<string, Operation>();

  function begin(error: string | undefined, work: () => void): Reply {
    if (pending !== undefined)
      return failure(429, 10_024, "there is an outstanding bulk operation for this account");
    if (error === undefined) work();
    pending = { id: `op${count++}`, error, looks: 0 };
    return success({ operation_id: pending.id });
  }

  function change(request: ReceivedRequest): Reply {
    const list = request.method === "POST" ? request.json : readItems(request.json);
    const entries = Array.isArray(list) ? list.filter(isRecord) : [];
    if (request.method === "POST") {
      const bad = entries.find(({ ip }) => refused.has(String(ip)));
      return begin(bad && `${String(bad["ip"])} is not valid`, () => {
        for (const { ip, comment } of entries) cloudflare.add(String(ip), String(comment));
      });
    }
    const ids = new Set(entries.map(({ id }) => id));
    return begin(undefined, () => {
      for (const [ip, { id }] of items) if (ids.has(id)) items.delete(ip);
    });
  }

  function look(id: string): Reply {
    if (pending?.id === id && pending.looks++ >= RUNNING) {
      finished.set(id, pending);
      pending = undefined;
    }
    const done = finished.get(id);
    if (done === undefined) return success({ id, status: "running" });
    return done.error === undefined
      ? success({ id, status: "completed" })
      : success({ id, status: "failed", error: done.error });
  }

  function page(query: URLSearchParams): Reply {
    const [size, start] = [Number(query.get("per_page")), Number(query.get("cursor") ?? 0)];
    const result = [...items.values()].slice(start, start + size);
    const after = start + size < items.size ? String(start + size) : "";
    const cursors = after === "" ? {} : { cursors: { after } };
    return success(result, { result_info: cursors });
  }

  function rules({ method, path, query, json }: ReceivedRequest): Reply {
    if (method === "GET") {
      const [size, number] = [Number(query.get("per_page")), Number(query.get("page"))];
      const all = [...items.values()].map(({ id, ip, comment }) => ({
        ...{ id, notes: comment, mode: "block" },
        configuration: { target: "ip", value: ip },
      }));
      const total = Math.ceil(all.length / size);
      const result = all.slice((number - 1) * size, number * size);
      return success(result, { result_info: { page: number, total_pages: total } });
    }
    if (method === "DELETE") {
      const id = path.slice(RULES.length + 1);
      const found = [...items.values()].find((item) => item.id === id);
      if (found === undefined) return failure(404, 10_001, "firewallaccessrules.api.not_found");
      items.delete(found.ip);
      return success({ id });
    }
    const rule = isRecord(json) ? json : {};
    const { value = "" } = isRecord(rule["configuration"]) ? rule["configuration"] : {};
    if (items.has(String(value)))
      return failure(400, 10_009, "firewallaccessrules.api.duplicate_of_existing");
    cloudflare.add(String(value), String(rule["notes"]));
    return success({ id: items.get(String(value))?.id });
  }

  const server = await openLocalServer({
    port,
    reply: (request) => {
      onRequest?.(request);
      const { method, path, query, headers } = request;
      if (headers["authorization"] !== `Bearer ${cloudflare.token}`)
        return failure(401, 10_000, `Authentication error with ${headers["authorization"]}`);
      if (path.startsWith(RULES)) return rules(request);
      if (path === LIST) return method === "GET" ? page(query) : change(request);
      const operation = /\/bulk_operations\/(\w+)$/.exec(path)?.[1];
      return operation === undefined ? failure(404, 7003, "no route") : look(operation);
    },
  });
  const cloudflare: Cloudflare = {
    ...{ server, items, refused, token: "cf-token-1" },
    add: (ip, comment) => void items.set(ip, { id: `i${count++}`, ip, comment }),
  };
  return cloudflare;
}

function readItems(json: unknown): unknown {
  return isRecord(json) ? json["items"] : undefined;
}

function success(result: unknown, more: object = {}): Reply {
  return { status: 200, body: { success: true, errors: [], messages: [], result, ...more } };
}

function failure(status: number, code: number, message: string): Reply {
  return { status, body: { success: false, errors: [{ code, message }], result: null } };
}
