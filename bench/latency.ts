/**
 * Measures the time from the last failing line of an address to its element in the kernel's set. `nft monitor` reports
 * the element. bailiff and SSHGuard run in separate namespaces and take turns; each sample has its own address.
 */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { failingLine, logOf, MAXRETRY, startDaemon } from "./bench-daemon.ts";
import { followMonitor } from "./follow-monitor.ts";
import { type FollowedProgram, followProgram } from "./lines-of.ts";
import { type Namespace, openNamespace } from "./namespace.ts";
import type { Section } from "./section.ts";
import { median, percentile } from "./statistics.ts";

const BACKEND = "/usr/libexec/sshguard/sshg-fw-nft-sets";
/** Failures until SSHGuard bans: it counts 10 for each, and blocks at 30 by default. */
const SSHGUARD_RETRIES = 3;
const WITHIN_MS = 10_000;

interface Contestant {
  readonly log: number;
  readonly retries: number;
  readonly monitor: FollowedProgram;
}

export const measureLatency: Section = async ({ quick, folder, say }) => {
  const samples = quick ? 50 : 200;
  await using ourPlace = openNamespace("ours");
  await using theirPlace = openNamespace("sshguard");
  const ourFolder = join(folder, "latency");
  const theirLog = join(folder, "sshguard.log");
  mkdirSync(ourFolder);
  writeFileSync(logOf(ourFolder), "");
  writeFileSync(theirLog, "");
  await using daemon = startDaemon({ namespace: ourPlace, folder: ourFolder });
  await daemon.event("jail-started");
  await using sshguard = startSshguard(theirPlace, folder, theirLog);
  await sshguard.first((text) => text.includes("Now monitoring"), WITHIN_MS);
  await using ourMonitor = followMonitor(ourPlace);
  await using theirMonitor = followMonitor(theirPlace);
  await sleep(1000);
  const ours = { log: openSync(logOf(ourFolder), "a"), retries: MAXRETRY, monitor: ourMonitor };
  const theirs = { log: openSync(theirLog, "a"), retries: SSHGUARD_RETRIES, monitor: theirMonitor };
  say(`latency: ${samples} bans of each`);
  const ourTimes: number[] = [];
  const theirTimes: number[] = [];
  for (let n = 0; n < samples; n++) {
    ourTimes.push(await banOne(ours, n));
    theirTimes.push(await banOne(theirs, n));
  }
  closeSync(ours.log);
  closeSync(theirs.log);
  const details = {
    samples,
    "our 99th percentile (ms)": percentile(ourTimes, 0.99),
    "our slowest (ms)": Math.max(...ourTimes),
    "SSHGuard's 99th percentile (ms)": percentile(theirTimes, 0.99),
    "SSHGuard's slowest (ms)": Math.max(...theirTimes),
  };
  return [
    {
      name: "last failing line -> kernel set, median",
      unit: "ms",
      ours: median(ourTimes),
      peer: { name: "SSHGuard", value: median(theirTimes) },
      target: { kind: "within", times: 0.5 },
      details,
    },
    {
      name: "last failing line -> kernel set, 99th percentile",
      unit: "ms",
      ours: percentile(ourTimes, 0.99),
      target: { kind: "limit", most: 10 },
      details,
    },
  ];
};

/** Returns the milliseconds for one ban. The last line is written after the lines before it were counted. */
export async function banOne({ log, retries, monitor }: Contestant, n: number): Promise<number> {
  const ip = n < 250 ? `203.0.113.${n + 1}` : `198.51.100.${n - 249}`;
  for (let line = 1; line < retries; line++) writeSync(log, failingLine(ip, 1000 + n));
  // A random pause, so that samples are not synchronized with a timer.
  await sleep(5 + Math.floor(Math.random() * 20));
  const named = new RegExp(`^add element .*[ {]${ip.replaceAll(".", "\\.")}(?!\\d)`);
  const seen = monitor.first((text) => named.test(text), WITHIN_MS);
  const written = performance.now();
  writeSync(log, failingLine(ip, 1000 + n));
  return (await seen).at - written;
}

/**
 * Starts SSHGuard. Its configuration has a fixed path, over which another file is mounted in the mount namespace of ip
 * netns exec.
 */
function startSshguard(namespace: Namespace, folder: string, log: string): FollowedProgram {
  const etc = join(folder, "sshguard");
  mkdirSync(etc);
  writeFileSync(join(etc, "whitelist"), "");
  writeFileSync(
    join(etc, "sshguard.conf"),
    `BACKEND="${BACKEND}"\nFILES="${log}"\nTHRESHOLD=30\nBLOCK_TIME=600\nDETECTION_TIME=1800\nWHITELIST_FILE=/etc/sshguard/whitelist\n`,
  );
  // SSHGuard kills its process group when it ends, so it runs in a new one.
  const script = 'mount --bind "$1" /etc/sshguard && exec /usr/bin/setsid /usr/sbin/sshguard';
  return followProgram({
    argv: namespace.enter("/bin/sh", "-c", script, "sh", etc),
    stream: "stderr",
    env: { SSHGUARD_DEBUG: "1" },
  });
}
