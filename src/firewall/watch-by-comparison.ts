/**
 * Detects changes by other programs. Compares with what was last written at an interval, because neither legacy
 * iptables nor ipset reports changes, and immediately when the kernel reports a change of nf_tables.
 */
import type { Author } from "../domain/author.ts";
import type { ForeignChange } from "../domain/enforcer.ts";
import { attributesOf, decodeMessages, NFT, nameIn } from "../host/kernel/nftables-message.ts";
import { loadNetlink, type NetlinkSocket } from "../host/kernel/netlink-socket.ts";
import { readAuthor } from "../host/process/read-author.ts";
import { sleep } from "../host/timers.ts";
import type { Emit } from "../telemetry/events.ts";
import { createWakeUp, type WakeUp } from "../host/wake-up.ts";

export interface WatchOptions {
  /** Returns whether something of ours differs from what was last written. */
  readonly isDisturbed: () => Promise<boolean>;
  /** Whether what is compared is in nf_tables, whose changes the kernel reports. */
  readonly isInNftables: boolean;
  readonly emit: Emit;
}

/** Two or three short programs run at each comparison. */
const INTERVAL_MS = 10_000;
/** Minimum time between comparisons that reports cause, which may come in a fast sequence. */
const MIN_PAUSE_MS = 500;

export async function* watchByComparison(
  { isDisturbed, isInNftables, emit }: WatchOptions,
  signal: AbortSignal,
): AsyncGenerator<ForeignChange> {
  const bell = createWakeUp();
  const authors = createAuthors();
  let reports: NetlinkSocket | undefined;
  const onEnd = (reason: string): void => {
    reports = undefined;
    emit({ event: "firewall-monitor-lost", reason });
  };
  try {
    while (!signal.aborted) {
      if (isInNftables) reports ??= await followReports({ authors, bell, onEnd });
      await waitForReport(bell, signal);
      if (signal.aborted) return;
      const disturbed = await isDisturbed();
      const by = authors.take();
      if (disturbed) yield { kind: "changed", by };
      await sleep(MIN_PAUSE_MS, signal, "loose");
    }
  } finally {
    reports?.close();
  }
}

async function waitForReport(bell: WakeUp, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const either = AbortSignal.any([signal, done.signal]);
  await Promise.race([bell.wait(either), sleep(INTERVAL_MS, either, "loose")]);
  done.abort();
}

interface Authors {
  note(pid: number, program: string): void;
  /** Returns the first author since the last call that is no child of this process. */
  take(): Author | undefined;
}

function createAuthors(): Authors {
  let first: Author | undefined;
  return {
    note(pid, program) {
      // Looked up immediately, while it runs, but not for each report: repeated changes do not read /proc each time.
      const author = first ?? readAuthor(pid, program);
      if (author.parent?.pid !== process.pid) first = author;
    },
    take() {
      const author = first;
      first = undefined;
      return author;
    },
  };
}

const GROUP_NFTABLES = 1 << (7 - 1);
const RECEIVE_BYTES = 1 << 20;
const GENERATION = { pid: 2, name: 3 } as const;

interface Followed {
  readonly authors: Authors;
  readonly bell: WakeUp;
  /** Called with the reason, at most once. */
  readonly onEnd: (reason: string) => void;
}

/** Rings the bell at each report. Returns undefined where the kernel cannot be listened to: the interval remains. */
async function followReports({
  authors,
  bell,
  onEnd,
}: Followed): Promise<NetlinkSocket | undefined> {
  const netlink = await loadNetlink();
  if (!netlink.ok) return undefined;
  const opened = netlink.value({ groups: GROUP_NFTABLES, receiveBytes: RECEIVE_BYTES });
  if (!opened.ok) return undefined;
  const socket = opened.value;
  const end = (reason: string): void => {
    socket.close();
    onEnd(reason);
  };
  const listening = socket.onReadable(() => {
    const reason = readReports(socket, authors, bell);
    if (reason !== undefined) end(reason);
  });
  if (listening.ok) return socket;
  end(listening.error);
  return undefined;
}

/** Reads all waiting reports. Returns why no more can be read. */
function readReports(socket: NetlinkSocket, authors: Authors, bell: WakeUp): string | undefined {
  for (;;) {
    const received = socket.receive();
    if (received.kind === "empty") return undefined;
    if (received.kind === "failed") return received.reason;
    if (received.kind === "lost") bell.ring();
    else
      for (const { kind, type, attributes } of decodeMessages(received.bytes)) {
        if (kind !== "object" || type !== NFT.newGeneration) continue;
        bell.ring();
        const values = attributesOf(attributes);
        const pid = values.get(GENERATION.pid)?.readUInt32BE(0);
        if (pid !== undefined) authors.note(pid, nameIn(values.get(GENERATION.name)) ?? "");
      }
  }
}
