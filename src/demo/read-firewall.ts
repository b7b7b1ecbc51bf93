/** Reads blocks from the kernel through the nft command, independently of the daemon's code. */
import { runProgram } from "../host/process/run-program.ts";

/** An address or network in a set of the table. */
export interface KernelElement {
  readonly set: string;
  readonly address: string;
  /** Packets dropped because of it; undefined: the kernel does not count. */
  readonly packets: number | undefined;
  /** Seconds until the kernel removes it; undefined: never. */
  readonly expires: number | undefined;
}

/** Reads the elements; none if the table does not exist. `run`: command prefix for the network. */
export async function readFirewall(
  run: readonly string[],
  table: string,
): Promise<readonly KernelElement[]> {
  const end = await runProgram({
    argv: [...run, "--json", "list", "table", "inet", table],
    input: "",
    timeoutMilliseconds: 60_000,
  });
  if (!end.ok) return [];
  const answer: unknown = JSON.parse(end.output);
  return listOf(fieldOf(answer, "nftables")).flatMap((object) => {
    const set = fieldOf(object, "set");
    const name = fieldOf(set, "name");
    if (typeof name !== "string") return [];
    return listOf(fieldOf(set, "elem")).flatMap((entry) => elementOf(name, entry) ?? []);
  });
}

function elementOf(set: string, entry: unknown): KernelElement | undefined {
  const element = fieldOf(entry, "elem") ?? entry;
  const address = fieldOf(element, "val") ?? element;
  if (typeof address !== "string") return undefined;
  const packets = fieldOf(fieldOf(element, "counter"), "packets");
  const expires = fieldOf(element, "expires");
  return {
    set,
    address,
    packets: typeof packets === "number" ? packets : undefined,
    expires: typeof expires === "number" ? expires : undefined,
  };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? new Map(Object.entries(value)).get(name)
    : undefined;
}
