/**
 * Measures what the witnesses of failed logins cost: the watch of ended connections, and btmp. Value of the first: the
 * processor time of a program that opens and closes connections, with and without a watch in its network namespace.
 */
import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, chmodSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { LoginLog } from "../src/host/logins/login-log.ts";
import { utmpRecord } from "../src/host/logins/utmp-record.fixture.ts";
import type { Figure } from "./figure.ts";
import { type Namespace, openNamespace } from "./namespace.ts";
import { processorTimeOf } from "./program-memory.ts";
import type { Section, Setting } from "./section.ts";
import { median } from "./statistics.ts";

const CONNECTIONS = 10_000;
const RECORDS = 1000;

/** One thread is both ends, so that no time goes into waking another one. */
const CONNECT = `import socket, time
server = socket.create_server(("127.0.0.1", 0))
at = server.getsockname()
began = time.process_time()
for _ in range(${CONNECTIONS}):
    client = socket.create_connection(at)
    server.accept()[0].close()
    client.close()
print((time.process_time() - began) * 1000)`;

export const measureWitnesses: Section = async (setting) => [
  await measureConnections(setting),
  measureRecords(setting),
];

async function measureConnections({ quick, say }: Setting): Promise<Figure> {
  await using plain = openNamespace("plain");
  await using watched = openNamespace("watched");
  await using watcher = await startWatcher(watched);
  const rounds = quick ? 3 : 15;
  const [plainTimes, watchedTimes]: [number[], number[]] = [[], []];
  const before = processorTimeOf(watcher.pid);
  for (let round = 1; round <= rounds; round++) {
    say(`witnesses: round ${round} of ${rounds}`);
    plainTimes.push(connectIn(plain));
    watchedTimes.push(connectIn(watched));
  }
  const used = (processorTimeOf(watcher.pid) - before) * 1000;
  return {
    name: `${CONNECTIONS / 1000}k connections ended, watched`,
    unit: "ms",
    ours: median(watchedTimes),
    peer: { name: "not watched", value: median(plainTimes) },
    target: { kind: "within", times: 1.25 },
    details: {
      "median of paired ratios": median(watchedTimes.map((ms, n) => ms / (plainTimes[n] ?? ms))),
      "processor time of the watch for as many (ms)": used / rounds,
      rounds,
    },
  };
}

function connectIn(namespace: Namespace): number {
  const [program = "", ...args] = namespace.enter("python3", "-c", CONNECT);
  return Number(execFileSync(program, args, { encoding: "utf8" }));
}

async function startWatcher(
  namespace: Namespace,
): Promise<AsyncDisposable & { readonly pid: number }> {
  const script = join(import.meta.dirname, "watch-connections.ts");
  const argv = [process.execPath, ...process.execArgv, script];
  const [program = "", ...args] = namespace.enter(...argv);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return {
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

/** Measures one read of btmp after an attack of many failed logins. */
function measureRecords({ quick, folder }: Setting): Figure {
  const path = join(folder, "btmp");
  writeFileSync(path, "");
  chmodSync(path, 0o600);
  const log = new LoginLog({ path, forbiddenMode: 0o077, owner: process.getuid?.() ?? 0 });
  log.read();
  const record = utmpRecord({ ip: "192.0.2.7", at: Date.now() });
  const records = Buffer.concat(Array.from({ length: RECORDS }, () => record));
  const [full, empty]: [number[], number[]] = [[], []];
  for (let round = 0; round < (quick ? 20 : 200); round++) {
    empty.push(timeOf(() => log.read()));
    appendFileSync(path, records);
    full.push(timeOf(() => log.read()));
  }
  return {
    name: `${RECORDS} records of btmp read`,
    unit: "ms",
    ours: median(full),
    target: { kind: "limit", most: 20 },
    details: { "a read without a new record (ms)": median(empty) },
  };
}

function timeOf(work: () => unknown): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}
