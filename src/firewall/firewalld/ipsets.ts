/**
 * Reads and changes our ipsets in firewalld. A set exists at runtime only after it was made permanent and firewalld was
 * reloaded; its entries are never permanent, except during a reload of ours. Every function rejects with firewalld's
 * error.
 */
import { widthOf } from "../../domain/cidr.ts";
import { type Bus, PERMANENT, RUNTIME, stringsIn } from "./bus.ts";
import { NAME_PREFIX, parseSetName, type SetKey, setNamesOf } from "./set-name.ts";

/** Returns the names of our sets at runtime, and of the permanent ones. */
export async function readSetNames(
  bus: Bus,
): Promise<Record<"runtime" | "permanent", ReadonlySet<string>>> {
  const ours = (names: unknown): ReadonlySet<string> =>
    new Set(stringsIn(names).filter((name) => name.startsWith(NAME_PREFIX)));
  return {
    runtime: ours(await bus.call({ object: RUNTIME, method: "ipset.getIPSets" })),
    permanent: ours(await bus.call({ object: PERMANENT, method: "config.getIPSetNames" })),
  };
}

/** Returns undefined for a set that this enforcer did not make. */
export async function readSetKey(
  bus: Bus,
  name: string,
  from: "runtime" | "permanent",
): Promise<SetKey | undefined> {
  const settings =
    from === "runtime"
      ? await bus.call({ ...namedCall(name), method: "ipset.getIPSetSettings" })
      : await bus.call({ object: await pathOf(bus, name), method: "config.ipset.getSettings" });
  if (!Array.isArray(settings)) return undefined;
  const [, short, , type] = settings;
  const key = parseSetName(name, String(short));
  return key !== undefined && typeOf(key) === type ? key : undefined;
}

/** Makes the permanent sets of this pair that are missing. */
export async function makePermanent(
  bus: Bus,
  key: SetKey,
  existing: ReadonlySet<string>,
): Promise<void> {
  const options = key.family === "ipv6" ? ["1", "family", "inet6"] : ["0"];
  for (const name of setNamesOf(key)) {
    if (existing.has(name)) continue;
    const text = ["", key.scope, "Addresses that bailiff bans", typeOf(key)];
    await bus.call({
      object: PERMANENT,
      method: "config.addIPSet",
      signature: "s(ssssa{ss}as)",
      args: [name, ...text, ...options, "0"],
    });
  }
}

export async function removePermanent(bus: Bus, name: string): Promise<void> {
  await bus.call({ object: await pathOf(bus, name), method: "config.ipset.remove" });
}

export async function readEntries(bus: Bus, name: string): Promise<readonly string[]> {
  return stringsIn(await bus.call({ ...namedCall(name), method: "ipset.getEntries" }));
}

/** Replaces all entries at runtime. The set is empty for a moment: firewalld flushes it first. */
export async function writeEntries(
  bus: Bus,
  name: string,
  entries: readonly string[],
): Promise<void> {
  const args = [name, String(entries.length), ...entries];
  await bus.call({ object: RUNTIME, method: "ipset.setEntries", signature: "sas", args });
}

export async function writePermanentEntries(
  bus: Bus,
  name: string,
  entries: readonly string[],
): Promise<void> {
  const args = [String(entries.length), ...entries];
  const object = await pathOf(bus, name);
  await bus.call({ object, method: "config.ipset.setEntries", signature: "as", args });
}

/** Adds or removes one entry at runtime. That it is there already, or not, is fine. */
export async function changeEntry(
  bus: Bus,
  kind: "addEntry" | "removeEntry",
  name: string,
  entry: string,
): Promise<void> {
  try {
    const args = [name, entry];
    await bus.call({ object: RUNTIME, method: `ipset.${kind}`, signature: "ss", args });
  } catch (error) {
    const done = kind === "addEntry" ? "ALREADY_ENABLED" : "NOT_ENABLED";
    if (!(error instanceof Error && error.message.startsWith(done))) throw error;
  }
}

function namedCall(
  name: string,
): Pick<Parameters<Bus["call"]>[0], "object" | "signature" | "args"> {
  return { object: RUNTIME, signature: "s", args: [name] };
}

async function pathOf(bus: Bus, name: string): Promise<string> {
  const call = { object: PERMANENT, method: "config.getIPSetByName", signature: "s" };
  return String(await bus.call({ ...call, args: [name] }));
}

function typeOf(key: SetKey): string {
  return key.prefix === widthOf(key.family) ? "hash:ip" : "hash:net";
}
