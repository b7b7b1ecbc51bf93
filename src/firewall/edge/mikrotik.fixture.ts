/** Answers as MikroTik's documentation of the REST API says: all values are texts, PUT creates, errors have a detail. */
import { isRecord } from "../../domain/json.ts";
import { type LocalServer, openLocalServer, type Reply } from "./local-server.fixture.ts";

export interface MikrotikEntry {
  readonly ".id": string;
  readonly address: string;
  readonly list: string;
  readonly comment?: string;
  readonly disabled?: "true" | "false";
}

export interface Mikrotik {
  readonly server: LocalServer;
  readonly entries: Map<string, MikrotikEntry>;
  add(family: "ip" | "ipv6", entry: Omit<MikrotikEntry, ".id">): string;
}

const PATH = /^\/rest\/(ip|ipv6)\/firewall\/address-list(?:\/(\*[0-9A-F]+))?$/;

export async function openMikrotik(account: string): Promise<Mikrotik> {
  const entries = new Map<string, MikrotikEntry>();
  const places = new Map<string, string>();
  /** List and address of each entry. */
  const taken = new Set<string>();
  let count = 1;
  const basic = `Basic ${Buffer.from(account).toString("base64")}`;

  function reply(method: string, path: string, query: URLSearchParams, json: unknown): Reply {
    const [, family = "", id] = PATH.exec(path) ?? [];
    if (family === "") return failure(400, "Bad Request", "no such command");
    if (method === "GET") {
      const list = query.get("list");
      const found = [...entries].filter(
        ([key, entry]) => places.get(key) === family && entry.list === list,
      );
      return { status: 200, body: found.map(([, entry]) => entry) };
    }
    if (method === "DELETE") {
      const entry = entries.get(id ?? "");
      if (entry === undefined) return failure(404, "Not Found", "no such item (4)");
      taken.delete(`${entry.list} ${entry.address}`);
      entries.delete(entry[".id"]);
      return { status: 204 };
    }
    if (!isRecord(json)) return failure(400, "Bad Request", "no body");
    const { list, address, comment } = json;
    // RouterOS shows an IPv6 address as a network of one address.
    const isHost = family === "ipv6" && !String(address).includes("/");
    const shown = isHost ? `${String(address)}/128` : String(address);
    if (taken.has(`${String(list)} ${shown}`))
      return failure(400, "Bad Request", "failure: already have such entry");
    const key = mikrotik.add(family === "ip" ? "ip" : "ipv6", {
      ...{ address: shown, list: String(list), comment: String(comment) },
    });
    return { status: 201, body: entries.get(key) };
  }

  const server = await openLocalServer({
    reply: ({ method, path, query, headers, json }) =>
      headers["authorization"] === basic
        ? reply(method, path, query, json)
        : { status: 401, body: { error: 401, message: "Unauthorized" } },
  });
  const mikrotik: Mikrotik = {
    server,
    entries,
    add: (family, entry) => {
      const id = `*${(count++).toString(16).toUpperCase()}`;
      entries.set(id, { ".id": id, disabled: "false", ...entry });
      places.set(id, family);
      taken.add(`${entry.list} ${entry.address}`);
      return id;
    },
  };
  return mikrotik;
}

function failure(error: number, message: string, detail: string): Reply {
  return { status: error, body: { error, message, detail } };
}
