/**
 * Reaches the kernel through the `nft` command, for hosts without koffi or libnftables. Each call starts a child: about
 * 4 ms for a change. Reading a large table costs more (nft first copies all of it: a second and 85 MB for 100,000
 * elements), but in the child, which frees the memory; its output is parsed as a stream.
 */
import { createInterface } from "node:readline";
import { fail, ok, type Result } from "../../domain/result.ts";
import { openChild } from "../../host/process/child-process.ts";
import { findProgram } from "../../host/process/find-program.ts";
import { runProgram } from "../../host/process/run-program.ts";
import { createAlarm } from "../../host/timers.ts";
import { removeCommands } from "./structure.ts";
import { createListingReader, parseElement, parseStructure } from "./command-text.ts";
import { watchCommand } from "./command-watch.ts";
import { explainError } from "./explain-error.ts";
import type { Kernel, KernelElement, RunResult, SetElements } from "./kernel.ts";
import { createMark } from "./mark.ts";
import { transactionCommands } from "./transaction.ts";

const TIMEOUT_MILLISECONDS = 30_000;

export async function openCommandKernel(table: string): Promise<Result<Kernel, string>> {
  const nft = findProgram("nft");
  if (nft === undefined) return fail("the program nft is not installed");
  const call = async (args: readonly string[], input: string): Promise<RunResult> => {
    const timeoutMilliseconds = TIMEOUT_MILLISECONDS;
    const argv = [nft, ...args];
    const end = await runProgram({ argv, input, timeoutMilliseconds });
    return { ...end, error: end.ok ? "" : explainError(end.error) };
  };
  const mark = createMark(table);
  // Each transaction runs in another child, so its mark shows the monitor that the daemon made it.
  const run = (commands: string): Promise<RunResult> => call(["-f", "-"], commands + mark());
  // Terse output: the structure without elements; priorities as numbers.
  const readStructure = (): Promise<RunResult> =>
    call(["-t", "-s", "-y", "list", "table", "inet", table], "");
  return ok({
    name: "nft",
    run,
    change: (plan) => run(transactionCommands(table, plan)),
    // Without the mark, which would re-create the table.
    remove: () => call(["-f", "-"], removeCommands(table)),
    setNames: async () => setNamesIn((await readStructure()).output),
    snapshot: async () => {
      const { ok: done, output } = await readStructure();
      if (!done) return undefined;
      return { text: output, generation: undefined, structure: parseStructure(output) };
    },
    elements: () => readElements(nft, table),
    find: createSearch(nft, table, call),
    finds: "in a listing",
    sizeOf: async () => undefined,
    isEmpty: async (set) => {
      const { ok: done, output } = await call(["list", "set", "inet", table, set], "");
      return done && !output.includes("elements = {");
    },
    watch: (onNotice, signal) => void watchCommand({ nft, table, run, onNotice }, signal),
    close: async () => {},
  });
}

function setNamesIn(listing: string): readonly string[] {
  return [...listing.matchAll(/^\s*set (\w+) \{$/gm)].map(([, name]) => name ?? "");
}

/**
 * Maximum number of addresses that are looked up one by one. For more, the whole table is listed, and the result is
 * shared with other searches for LISTING_LASTS_MS.
 */
const ASKED_ONE_BY_ONE = 8;
const LISTING_LASTS_MS = 5000;

function createSearch(
  nft: string,
  table: string,
  call: (args: readonly string[], input: string) => Promise<RunResult>,
): Kernel["find"] {
  let listing: Promise<ReadonlyMap<string, KernelElement>> | undefined;
  const forget = createAlarm(() => {
    listing = undefined;
  });

  async function list(): Promise<ReadonlyMap<string, KernelElement>> {
    const found = new Map<string, KernelElement>();
    for await (const { set, elements } of readElements(nft, table))
      for (const element of elements) found.set(`${set} ${element.ip}`, element);
    return found;
  }

  return async (set, ips) => {
    if (ips.length > ASKED_ONE_BY_ONE) {
      listing ??= list();
      forget.set(LISTING_LASTS_MS);
      const elements = await listing;
      return ips.flatMap((ip) => elements.get(`${set} ${ip}`) ?? []);
    }
    const found: KernelElement[] = [];
    for (const ip of ips) {
      const { output } = await call(["get", "element", "inet", table, set, `{ ${ip} }`], "");
      const element = parseElement(/elements = \{([^}]*)\}/.exec(output)?.[1] ?? "");
      if (element !== undefined) found.push(element);
    }
    return found;
  };
}

async function* readElements(nft: string, table: string): AsyncGenerator<SetElements> {
  const stop = new AbortController();
  const child = openChild([nft, "list", "table", "inet", table], stop.signal);
  try {
    const read = createListingReader();
    for await (const line of createInterface({ input: child.output })) {
      const found = read(line);
      if (found !== undefined) yield found;
    }
    const end = await child.ended;
    // Without a table there are no elements. Any other failure must not look like an empty table.
    if (!end.isOk && !/No such file/.test(child.errorOutput())) {
      throw new Error(
        `cannot list the firewall's blocks: ${explainError(child.errorOutput()) || `nft ${end.how}`}`,
      );
    }
  } finally {
    stop.abort();
  }
}
