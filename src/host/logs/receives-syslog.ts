/** Checks whether a process receives messages from /dev/log, or those that journald forwards. Sends nothing. */
import { codeOf } from "../../domain/thrown-error.ts";
import { readlinkSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { openDatagramSender } from "../kernel/unix-datagram.ts";

/**
 * Checks the /dev/log that a process sees, or this one does. undefined: unknown (CAP_SYS_PTRACE, or a stream socket
 * instead of datagrams).
 */
export async function receivesSyslog(pid: number | "self"): Promise<boolean | undefined> {
  const path = socketPathOf(pid);
  return path === undefined ? undefined : receives(path);
}

/** Socket to which journald forwards with ForwardToSyslog= (journald.conf(5)). */
const FORWARD = "/run/systemd/journal/syslog";

/** Returns whether a syslog daemon receives what journald forwards. */
export function receivesForwarded(): Promise<boolean | undefined> {
  return receives(FORWARD);
}

async function receives(path: string): Promise<boolean | undefined> {
  const sender = await openDatagramSender(path);
  if (!sender.ok) return undefined;
  const reached = sender.value.reach();
  sender.value.close();
  if (reached.ok) return true;
  // The link has no target, the name is missing, or no process has the socket open.
  return reached.error === "ENOENT" || reached.error === "ECONNREFUSED" ? false : undefined;
}

/**
 * Returns the path of a process's /dev/log. An absolute link is resolved here, because through /proc/PID/root it would
 * lead into our own tree.
 */
function socketPathOf(pid: number | "self"): string | undefined {
  const root = pid === "self" ? "" : `/proc/${pid}/root`;
  const own = `${root}/dev/log`;
  try {
    if (!statSync(`${root}/dev`).isDirectory()) return undefined;
    const target = readlinkSync(own);
    return target.startsWith("/") ? root + target : join(dirname(own), target);
  } catch (error) {
    const code = codeOf(error);
    // EINVAL: it is no link but the socket itself. ENOENT: it is missing.
    return code === "EINVAL" || code === "ENOENT" ? own : undefined;
  }
}
