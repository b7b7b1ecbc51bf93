/**
 * Measures commands with thousands of addresses, including the start of the command. Also measures the delay of a ban
 * while members of the group continuously request long lists.
 */
import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type BenchDaemon,
  failingLine,
  logOf,
  MAXRETRY,
  ROOT,
  startDaemon,
  stateOf,
} from "./bench-daemon.ts";
import { countElements } from "./follow-monitor.ts";
import { type Namespace, openNamespace } from "./namespace.ts";
import { prepareBook } from "./prepare-book.ts";
import type { Section } from "./section.ts";
import { median } from "./statistics.ts";

const ORDERED_ADDRESSES = 10_000;
const LISTED_BANS = 50_000;
const MEMBERS = 3;
/** Id of the group nogroup, the same on every Debian. */
const GROUP = 65_534;
const WITHIN_MS = 60_000;

export const measureBulk: Section = async ({ quick, folder, say }) => {
  say(`bulk: orders of ${ORDERED_ADDRESSES} addresses`);
  const orders = await timeOrders(join(folder, "bulk"), quick ? 1 : 5);
  say(`bulk: bans beside lists of ${LISTED_BANS} bans`);
  const waits = await timeBans(join(folder, "lists"), quick ? 5 : 20, say);
  return [
    {
      name: `ban - with ${ORDERED_ADDRESSES / 1000}k addresses, the command to its end`,
      unit: "s",
      ours: median(orders.ban) / 1000,
      target: { kind: "limit", most: 1 },
      details: {
        "unban - (s)": median(orders.unban) / 1000,
        "a command that asks for nothing (s)": median(orders.version) / 1000,
        samples: orders.ban.length,
      },
    },
    {
      name: `last failing line -> kernel set, beside ${MEMBERS} lists of ${LISTED_BANS / 1000}k bans, slowest`,
      unit: "ms",
      ours: Math.max(...waits.busy),
      peer: { name: "with nobody asking, slowest", value: Math.max(...waits.alone) },
      target: { kind: "limit", most: 300 },
      details: {
        "median (ms)": median(waits.busy),
        "median with nobody asking (ms)": median(waits.alone),
      },
    },
  ];
};

type Order = "version" | "ban" | "unban";

async function timeOrders(
  folder: string,
  rounds: number,
): Promise<Readonly<Record<Order, readonly number[]>>> {
  mkdirSync(folder);
  writeFileSync(logOf(folder), "");
  await using namespace = openNamespace("bulk");
  await using daemon = startDaemon({ namespace, folder });
  await daemon.event("jail-ok");
  const times: Record<Order, number[]> = { version: [], ban: [], unban: [] };
  const run = (order: Order, input: string, ...args: readonly string[]): void => {
    const socket = join(folder, "bailiff.sock");
    const argv = ["/bin/sh", join(ROOT, "bailiff"), "--socket", socket, order, ...args];
    const [program = "", ...rest] = namespace.enter(...argv);
    const began = performance.now();
    execFileSync(program, rest, { input });
    times[order].push(performance.now() - began);
  };
  for (let round = 0; round < rounds; round++) {
    const list = Array.from(
      { length: ORDERED_ADDRESSES },
      (_, n) => `10.${round}.${n >> 8}.${n & 255}\n`,
    );
    run("version", "");
    run("ban", list.join(""), "-");
    run("unban", list.join(""), "-");
  }
  return times;
}

/** Program of a member of the group, which sends a new request after each reply. */
const MEMBER = `
const { connectControl } = await import("${new URL("../src/control/client.ts", import.meta.url).href}");
process.setgroups([]);
process.setgid(${GROUP});
process.setuid(${GROUP});
await using client = await connectControl(process.argv[1]);
for (let n = 0; ; n++) {
  const bans = await client.request("bans", {});
  if (n === 0) console.log(bans.length);
}`;

async function timeBans(
  folder: string,
  samples: number,
  say: (text: string) => void,
): Promise<{ readonly alone: readonly number[]; readonly busy: readonly number[] }> {
  mkdirSync(folder, { mode: 0o755 });
  // Members of the group need access to the socket's directory.
  chmodSync(dirname(folder), 0o711);
  writeFileSync(logOf(folder), "");
  await prepareBook(stateOf(folder), { bans: LISTED_BANS, failures: 0 });
  await using namespace = openNamespace("lists");
  await using daemon = startDaemon({ namespace, folder, group: "nogroup" });
  await daemon.event("jail-ok", WITHIN_MS);
  say(`bulk: ${samples} bans with nobody asking`);
  const alone = await timeEach(namespace, daemon, folder, { samples, from: 0 });
  const members = Array.from({ length: MEMBERS }, () =>
    spawn(process.execPath, ["--input-type=module", "-e", MEMBER, join(folder, "bailiff.sock")], {
      stdio: ["ignore", "pipe", "inherit"],
    }),
  );
  try {
    const first = Promise.withResolvers<void>();
    for (const member of members) {
      member.stdout.once("data", () => first.resolve());
      member.once("exit", () => first.reject(new Error("a member of the group cannot ask")));
    }
    await first.promise;
    say(`bulk: ${samples} bans beside the lists`);
    return { alone, busy: await timeEach(namespace, daemon, folder, { samples, from: samples }) };
  } finally {
    for (const member of members) member.kill("SIGKILL");
  }
}

async function timeEach(
  namespace: Namespace,
  daemon: BenchDaemon,
  folder: string,
  { samples, from }: { readonly samples: number; readonly from: number },
): Promise<readonly number[]> {
  const times: number[] = [];
  for (let n = from; n < from + samples; n++) {
    const ip = `192.0.2.${n + 1}`;
    const lines = Array.from({ length: MAXRETRY }, (_, i) => failingLine(ip, 10_000 + n * 10 + i));
    const counted = daemon.event("failure", WITHIN_MS);
    appendFileSync(logOf(folder), lines.slice(0, -1).join(""));
    await counted;
    await sleep(50 + Math.floor(Math.random() * 200));
    await using counter = await countElements(namespace, 1);
    const began = performance.now();
    appendFileSync(logOf(folder), lines.slice(-1).join(""));
    times.push((await counter.reached(WITHIN_MS)).last - began);
  }
  return times;
}
