/** Checks whether a process receives messages from /dev/log, or those that journald forwards. Sends nothing. */
import { codeOf } from "../../domain/thrown-error.ts";
import { readlinkSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { openDatagramSender } from "../kernel/unix-datagram.ts";

/**
 * As a process sees it, or as this one does. undefined: unknown (CAP_SYS_PTRACE, or a stream socket instead of
 * datagrams).
 */
export async function receivesSyslog(pid: number | "self"): Promise<boolean | undefined> {
  const path = socketPathOf(pid);
  return path === undefined ? undefined : receives(path);
}

/** Of ForwardToSyslog= (journald.conf(5)). */
const FORWARD = "/run/systemd/journal/syslog";

/** Whether a syslog daemon receives what journald forwards. */
export function receivesForwarded(): Promise<boolean | undefined> {
  return receives(FORWARD);
}

async function receives(path: string): Promise<boolean | undefined> {
  const sender = await openDatagramSender(path);
  if (!sender.ok) return undefined;
  const reached = sender.value.reach();
  sender.value.close();
  if (reached.ok) return true;
  // A link to a missing socket, a missing name, or a socket that no process has open.
  return reached.error === "ENOENT" || reached.error === "ECONNREFUSED" ? false : undefined;
}

/** Through /proc/PID/root an absolute link would lead into our own tree, so it is resolved here. */
function socketPathOf(pid: number | "self"): string | undefined {
  const root = pid === "self" ? "" : `/proc/${pid}/root`;
  const own = `${root}/dev/log`;
  try {
    if (!statSync(`${root}/dev`).isDirectory()) return undefined;
    const target = readlinkSync(own);
    return target.startsWith("/") ? root + target : join(dirname(own), target);
  } catch (error) {
    const code = codeOf(error);
    // EINVAL: not a link but the socket itself. ENOENT: missing.
    return code === "EINVAL" || code === "ENOENT" ? own : undefined;
  }
}
