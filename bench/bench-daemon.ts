/** Starts the daemon like an administrator (./bailiff run). It runs in a namespace, with its own log and state. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type FollowedProgram, followProgram } from "./lines-of.ts";
import type { Namespace } from "./namespace.ts";

export const ROOT: string = join(import.meta.dirname, "..");
export const MAXRETRY: number = 5;

export interface DaemonPlace {
  readonly namespace: Namespace;
  /** Folder for its configuration, state, socket and log; created if missing. */
  readonly folder: string;
  /** Group whose members may send requests that only read. */
  readonly group?: string;
  /** TOML of further jails. */
  readonly jails?: string;
  /** Further settings of all jails, in TOML. */
  readonly defaults?: string;
  /** What enforces bans; default: "nftables". */
  readonly enforcer?: string;
  /** The checkout to start it from; default: this one. */
  readonly root?: string;
}

export interface BenchDaemon extends AsyncDisposable {
  readonly program: FollowedProgram;
  readonly startedAt: number;
  /** Resolves with the next event of this name; its time is that of performance.now(). */
  event(name: string, withinMs?: number): Promise<{ readonly at: number }>;
}

export function logOf(folder: string): string {
  return join(folder, "auth.log");
}

export function stateOf(folder: string): string {
  return join(folder, "state");
}

/** Starts the daemon. `findtime` is long, so that prepared failures stay in their windows. */
export function startDaemon(place: DaemonPlace): BenchDaemon {
  const { namespace, folder, group, jails = "", defaults = "" } = place;
  const { enforcer = "nftables", root = ROOT } = place;
  mkdirSync(folder, { recursive: true });
  const config = join(folder, "bailiff.toml");
  writeFileSync(
    config,
    `[daemon]
state = ${JSON.stringify(stateOf(folder))}
socket = ${JSON.stringify(join(folder, "bailiff.sock"))}
log_format = "json"
${group === undefined ? "" : `socket_group = ${JSON.stringify(group)}\n`}
[defaults]
enforcer = ${JSON.stringify(enforcer)}
maxretry = ${MAXRETRY}
findtime = "1h"
bantime = "6h"
${defaults}

[jails.sshd]
source = { file = [${JSON.stringify(logOf(folder))}] }
${jails}`,
  );
  const startedAt = performance.now();
  const program = followProgram({
    argv: namespace.enter("/bin/sh", join(root, "bailiff"), "--config", config, "run"),
    stream: "stderr",
  });
  return {
    program,
    startedAt,
    event: (name, withinMs = 30_000) =>
      program.first((text) => text.includes(`"event":"${name}"`), withinMs),
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

/** Returns a line of sshd about a failure that happens now. */
export function failingLine(ip: string, pid: number): string {
  const stamp = new Date().toISOString().replace("Z", "000+00:00");
  return `${stamp} web1 sshd[${pid}]: Failed password for root from ${ip} port 40122 ssh2\n`;
}
