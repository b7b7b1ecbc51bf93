/**
 * Creates a network namespace for the benchmark, with its own firewall and loopback. Removing the namespace stops every
 * program inside.
 */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

export interface Namespace extends AsyncDisposable {
  readonly name: string;
  /** Returns the argv that runs a program inside. */
  enter(...argv: readonly string[]): readonly string[];
}

const IP = "/usr/sbin/ip";
const OURS = "bailiff-bench";
const GRACE_MS = 3000;

export function openNamespace(purpose: string): Namespace {
  const name = `${OURS}-${process.pid}-${purpose}`;
  execFileSync(IP, ["netns", "add", name]);
  execFileSync(IP, ["-n", name, "link", "set", "lo", "up"]);
  return {
    name,
    enter: (...argv) => [IP, "netns", "exec", name, ...argv],
    async [Symbol.asyncDispose]() {
      await endPrograms(name);
      execFileSync(IP, ["netns", "delete", name]);
    },
  };
}

/** Removes all namespaces of this process, synchronously, after an interrupted run. */
export function removeOurNamespaces(): void {
  const names = readdirSync("/run/netns").filter((name) =>
    name.startsWith(`${OURS}-${process.pid}-`),
  );
  for (const name of names) {
    for (const pid of pidsIn(name)) endOne(pid, "SIGKILL");
    execFileSync(IP, ["netns", "delete", name]);
  }
}

async function endPrograms(name: string): Promise<void> {
  const deadline = Date.now() + GRACE_MS;
  for (let pids = pidsIn(name); pids.length > 0; pids = pidsIn(name)) {
    const signal = Date.now() < deadline ? "SIGTERM" : "SIGKILL";
    for (const pid of pids) endOne(pid, signal);
    await sleep(100);
  }
}

function pidsIn(name: string): readonly number[] {
  const text = execFileSync(IP, ["netns", "pids", name], { encoding: "utf8" });
  return text.split("\n").filter(Boolean).map(Number);
}

function endOne(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch {
    // The process has already ended.
  }
}
