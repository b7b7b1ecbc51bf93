/**
 * Finds the peer of the SSH session that this program runs in. sshd sets it in the environment (ssh(1), SSH_CONNECTION)
 * and sudo removes it, so the environments of parent processes are read as well.
 */
import { readFileSync } from "node:fs";
import { type Ip, parseIp } from "../../domain/ip.ts";

export interface SshPeer {
  readonly ip: Ip;
  readonly port: number;
}

const MAX_PARENTS = 16;
const MAX_BYTES = 1 << 20;

export function findSshPeer(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): SshPeer | undefined {
  const own = peerIn(environment["SSH_CONNECTION"]) ?? peerIn(environment["SSH_CLIENT"]);
  if (own !== undefined) return own;
  let pid = process.ppid;
  for (let i = 0; i < MAX_PARENTS && pid > 1; i++) {
    const found = peerOf(pid);
    if (found !== undefined) return found;
    pid = parentOf(pid);
  }
  return undefined;
}

/** Parses "192.0.2.7 40022 198.51.100.1 22". */
function peerIn(value: string | undefined): SshPeer | undefined {
  const [address = "", port = ""] = value?.split(" ") ?? [];
  const ip = parseIp(address);
  return ip === undefined || !/^\d{1,5}$/.test(port) ? undefined : { ip, port: Number(port) };
}

function peerOf(pid: number): SshPeer | undefined {
  const variables = readProc(pid, "environ").split("\0");
  const value = variables.find((variable) => variable.startsWith("SSH_CONNECTION="));
  return peerIn(value?.slice("SSH_CONNECTION=".length));
}

function parentOf(pid: number): number {
  // The line is "pid (name) state ppid …". The name may contain anything, but ends at the last parenthesis.
  const status = readProc(pid, "stat");
  return Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
}

function readProc(pid: number, name: "environ" | "stat"): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "latin1").slice(0, MAX_BYTES);
  } catch {
    // The process ended in the meantime, or belongs to another user.
    return "";
  }
}
