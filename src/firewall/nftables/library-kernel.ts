/**
 * Reaches the kernel from within this process: the structure through libnftables; elements, queries and notices over
 * netlink. Starts no child process, and the memory of a reading is bounded by one datagram.
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

/** Opens the kernel. The error says whether koffi or a library is missing. */
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
    // Refuse it here, because the library would write the error to standard error, among the log lines.
    if (isRefused) return { ok: false, output: "", error: "Operation not permitted" };
    const first = library.value.run(commands);
    // A signal can interrupt a wait inside the library. Every transaction of the daemon can be repeated.
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
      // Uses the words of libnftables, so that both ways show the same reason (explain-error.ts).
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
    isEmpty: (set) => isEmptySet(open, table, set),
    watch: (onNotice, signal) => void keepWatching({ open, table, mark, onNotice }, signal),
    close: async () => {
      batches.close();
      sockets.close();
      library.value.close();
    },
  });
}

async function isEmptySet(open: OpenNetlink, table: string, set: string): Promise<boolean> {
  for await (const messages of query(open, dumpElements(table, set)))
    if (messages.some((message) => decodeElements(message).length > 0)) return false;
  return true;
}

async function* readElements(open: OpenNetlink, table: string): AsyncGenerator<SetElements> {
  for (const set of await readSetNames(open, table)) {
    // Port lists inside rules are sets too, but they contain no blocks.
    if (parseSetName(set) === undefined) continue;
    for await (const messages of query(open, dumpElements(table, set))) {
      yield { set, elements: messages.flatMap(decodeElements) };
    }
  }
}

type ListenOptions = Pick<NetlinkWatchOptions, "open" | "table" | "mark" | "onNotice">;

/** Listens until `signal` aborts; re-opens a socket that fails. */
async function keepWatching(listening: ListenOptions, signal: AbortSignal): Promise<void> {
  const backoff = createBackoff({ first: duration(100), longest: duration(30_000) });
  for (let lost = false; !signal.aborted; lost = true) {
    const failure = Promise.withResolvers<string>();
    let failed = false;
    const stop = watchNetlink({
      ...listening,
      onEnd: (reason) => {
        failed = true;
        failure.resolve(reason);
      },
    });
    if (lost && !failed) {
      backoff.reset();
      listening.onNotice({ kind: "monitor-restored" });
    }
    const reason = await Promise.race([failure.promise, aborted(signal)]);
    stop();
    if (reason === undefined) return;
    listening.onNotice({ kind: "monitor-lost", reason });
    await sleep(backoff.next(), signal, "loose");
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
