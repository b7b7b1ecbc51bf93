/**
 * The kernel reached from within this process: the structure through libnftables; elements, questions and notices over
 * netlink.
 * No child process, nothing held in memory, and memory of a reading bounded by one datagram.
 */
import { duration } from "../../domain/duration.ts";
import { ok, type Result } from "../../domain/result.ts";
import { createBackoff } from "../../host/backoff.ts";
import { removeCommands } from "./structure.ts";
import { createLateClosing } from "../../host/close-later.ts";
import { mayChangeFirewall } from "../../host/kernel/firewall-right.ts";
import { openLibnftables } from "../../host/kernel/libnftables.ts";
import { loadNetlink, type OpenNetlink } from "../../host/kernel/netlink-socket.ts";
import { sleep } from "../../host/timers.ts";
import { explainError } from "./explain-error.ts";
import type { Kernel, RunResult, SetElements } from "./kernel.ts";
import { createMark } from "./mark.ts";
import { findElements } from "./find-elements.ts";
import { decodeElements, dumpElements } from "./netlink-elements.ts";
import { query } from "../../host/kernel/nftables-query.ts";
import { openBatches } from "../../host/kernel/nftables-batch.ts";
import { encodeTransaction } from "./encode-transaction.ts";
import { readSetNames, readSetSize, readSnapshot } from "./netlink-snapshot.ts";
import { type NetlinkWatchOptions, watchNetlink } from "./netlink-watch.ts";
import { parseSetName } from "./set-key.ts";

/** Why not, when koffi or a library is missing. */
export async function openLibraryKernel(table: string): Promise<Result<Kernel, string>> {
  const library = await openLibnftables();
  if (!library.ok) return library;
  const netlink = await loadNetlink();
  if (!netlink.ok) {
    library.value.close();
    return netlink;
  }
  const sockets = createLateClosing(netlink.value);
  const { open } = sockets;
  const opened = await openBatches(open);
  if (!opened.ok) {
    library.value.close();
    return opened;
  }
  const batches = opened.value;
  const isRefused = mayChangeFirewall() === false;
  const run = (commands: string): RunResult => {
    // The library would write that to standard error itself, bare, among the lines of the log.
    if (isRefused) return { ok: false, output: "", error: "Operation not permitted" };
    const first = library.value.run(commands);
    // A signal can end a wait inside the library; every transaction of ours can be repeated.
    const {
      ok: done,
      output,
      error,
    } = !first.ok && first.error.includes("Interrupted") ? library.value.run(commands) : first;
    return { ok: done, output, error: done ? "" : explainError(error) };
  };
  const markNow = createMark(table);
  const mark = (): string | undefined => run(markNow()).error || undefined;
  return ok({
    name: "libnftables",
    run: async (commands) => run(commands),
    change: async (plan) => {
      const done = batches.run(encodeTransaction(table, plan));
      // As libnftables says it.
      return {
        ok: done.ok,
        output: "",
        error: done.ok ? "" : `Could not process rule: ${done.error}`,
      };
    },
    remove: async () => run(removeCommands(table)),
    setNames: () => readSetNames(open, table),
    snapshot: () => readSnapshot(open, table),
    elements: () => readElements(open, table),
    find: (set, ips) => findElements(open, { table, set }, ips),
    finds: "each",
    sizeOf: (set) => readSetSize(open, table, set),
    watch: (tell, signal) => void keepWatching({ open, table, mark, tell }, signal),
    close: async () => {
      batches.close();
      sockets.close();
      library.value.close();
    },
  });
}

async function* readElements(open: OpenNetlink, table: string): AsyncGenerator<SetElements> {
  for (const set of await readSetNames(open, table)) {
    // The port lists inside rules are sets too, of nothing that could be a block.
    if (parseSetName(set) === undefined) continue;
    for await (const messages of query(open, dumpElements(table, set))) {
      yield { set, elements: messages.flatMap(decodeElements) };
    }
  }
}

type Listening = Pick<NetlinkWatchOptions, "open" | "table" | "mark" | "tell">;

/** Listens until `signal` aborts; a socket that fails is opened anew. */
async function keepWatching(listening: Listening, signal: AbortSignal): Promise<void> {
  const backoff = createBackoff({ first: duration(100), longest: duration(30_000) });
  for (let lost = false; !signal.aborted; lost = true) {
    const failure = Promise.withResolvers<string>();
    let failed = false;
    const stop = watchNetlink({
      ...listening,
      ended: (reason) => {
        failed = true;
        failure.resolve(reason);
      },
    });
    if (lost && !failed) {
      backoff.reset();
      listening.tell({ kind: "monitor-restored" });
    }
    const reason = await Promise.race([failure.promise, aborted(signal)]);
    stop();
    if (reason === undefined) return;
    listening.tell({ kind: "monitor-lost", reason });
    await sleep(backoff.next(), signal, "loose");
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
