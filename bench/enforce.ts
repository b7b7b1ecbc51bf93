/**
 * What enforcement costs: latency of one block, time of 100,000, memory of the daemon and its children.
 * Run as root: `node bench/enforce.ts [libnftables|nft]`. Works in a network namespace of its own, which it removes.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { type Subject, parseSubject } from "../src/domain/cidr.ts";
import type { Change } from "../src/domain/enforcer.ts";
import { instant } from "../src/domain/instant.ts";
import { ALL_PORTS } from "../src/domain/port-scope.ts";
import { type Nftables, openNftables } from "../src/enforce/nftables.ts";

const MANY = 100_000;
const PIECE = 5000;
const SAMPLES = 300;

type Figures = Record<string, number>;

if (process.argv[3] === "inside") await measure(process.argv[2] === "nft" ? "nft" : "libnftables");
else runInNamespace(process.argv[2] ?? "libnftables");

function runInNamespace(library: string): void {
  const namespace = `bailiff-bench-${process.pid}`;
  execFileSync("ip", ["netns", "add", namespace]);
  try {
    const script = [process.execPath, import.meta.filename, library, "inside"];
    const end = spawnSync("ip", ["netns", "exec", namespace, ...script], { stdio: "inherit" });
    process.exitCode = end.status ?? 1;
  } finally {
    execFileSync("ip", ["netns", "delete", namespace]);
  }
}

async function measure(library: "libnftables" | "nft"): Promise<void> {
  const figures: Figures = {};
  noteMemory(figures, "start");
  const opened = await openNftables({
    ipv6Prefixes: [64],
    isAllowed: () => false,
    emit: () => {},
    library,
  });
  if (!opened.ok) throw new Error(opened.error);
  const enforcer = opened.value;
  const stop = new AbortController();
  let notices = 0;
  const watching = (async () => {
    for await (const notice of enforcer.watch(stop.signal))
      if (notice.kind === "changed") notices++;
  })();
  figures["prepare, nothing there (ms)"] = await time(() => enforcer.prepare(now()));
  noteMemory(figures, "idle");
  figures["one add, empty: median (ms)"] = await medianAdd(enforcer, "203.0");
  figures[`${MANY} adds (ms)`] = await time(() => applyMany(enforcer));
  // What the monitor still has to read of them.
  await new Promise((resolve) => setTimeout(resolve, 2000));
  noteMemory(figures, `${MANY} blocks`);
  figures[`one add, ${MANY} there: median (ms)`] = await medianAdd(enforcer, "198.18");
  figures["prepare, all right (ms)"] = await time(() => enforcer.prepare(now()));
  let listed = 0;
  figures["list (ms)"] = await time(async () => void (listed = (await enforcer.list()).length));
  figures["listed"] = listed;
  noteMemory(figures, "after list");
  figures["count of one (ms)"] = await time(() => enforcer.count([subject("10.0.0.7")]));
  figures[`${MANY} adds again (ms)`] = await time(() => applyMany(enforcer));
  await new Promise((resolve) => setTimeout(resolve, 2000));
  noteMemory(figures, "after all");
  figures["own changes taken for foreign"] = notices;
  stop.abort();
  await watching;
  await enforcer.close();
  console.table(figures);
  console.log(JSON.stringify({ library, ...figures }));
}

function manyChanges(from: number): readonly Change[] {
  const until = instant(now() + 3_600_000);
  return Array.from({ length: PIECE }, (_, offset) => {
    const i = from + offset;
    const address = subject(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
    return { kind: "add", subject: address, scope: ALL_PORTS, until };
  });
}

async function medianAdd(enforcer: Nftables, network: string): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < SAMPLES; i++) {
    const address = subject(`${network}.${i >> 8}.${i & 255}`);
    const change: Change = {
      kind: "add",
      subject: address,
      scope: ALL_PORTS,
      until: instant(now() + 3_600_000),
    };
    times.push(await time(() => mustApply(enforcer, [change])));
  }
  times.sort((a, b) => a - b);
  return times[SAMPLES / 2] ?? Number.NaN;
}

/** In pieces, as the daemon restores its book. */
async function applyMany(enforcer: Nftables): Promise<void> {
  for (let from = 0; from < MANY; from += PIECE) await mustApply(enforcer, manyChanges(from));
}

async function mustApply(enforcer: Nftables, changes: readonly Change[]): Promise<void> {
  const [refusal] = await enforcer.apply(changes, now());
  if (refusal !== undefined) throw new Error(refusal.error);
}

async function time(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return Math.round((performance.now() - start) * 1000) / 1000;
}

/** Resident and anonymous memory of this process, and anonymous memory of its children, in MB. */
function noteMemory(figures: Figures, when: string): void {
  const own = memoryOf("self");
  figures[`memory ${when}: resident (MB)`] = own.resident;
  figures[`memory ${when}: anonymous (MB)`] = own.anonymous;
  figures[`memory ${when}: children, anonymous (MB)`] = children().reduce(
    (sum, pid) => sum + memoryOf(pid).anonymous,
    0,
  );
}

function memoryOf(pid: string): { readonly resident: number; readonly anonymous: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const read = (name: string): number =>
    Math.round(Number(status.split(`${name}:`)[1]?.trim().split(" ")[0] ?? 0) / 102.4) / 10;
  return { resident: read("VmRSS"), anonymous: read("RssAnon") };
}

function children(): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return (
        readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[1] ===
        String(process.pid)
      );
    } catch {
      // Ended meanwhile.
      return false;
    }
  });
}

function subject(text: string): Subject {
  const parsed = parseSubject(text);
  if (parsed === undefined) throw new Error(`${text} is no subject`);
  return parsed;
}

function now() {
  return instant(Date.now());
}
