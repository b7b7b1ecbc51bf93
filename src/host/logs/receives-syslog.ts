/**
 * Whether anybody takes what programs send to /dev/log, or what journald passes on of it; nothing is sent to find out.
 */
import { codeOf } from "../../domain/thrown-error.ts";
import { readlinkSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { openDatagramSender } from "../kernel/unix-datagram.ts";

/**
 * As a process sees it, or as we do. undefined: it cannot be told (CAP_SYS_PTRACE, or a stream instead of datagrams).
 */
export async function receivesSyslog(pid: number | "self"): Promise<boolean | undefined> {
  const path = placeOf(pid);
  return path === undefined ? undefined : receives(path);
}

/** Of ForwardToSyslog= (journald.conf(5)). */
const FORWARD = "/run/systemd/journal/syslog";

/** Whether a syslog daemon takes what journald passes on. */
export function receivesForwarded(): Promise<boolean | undefined> {
  return receives(FORWARD);
}

async function receives(path: string): Promise<boolean | undefined> {
  const sender = await openDatagramSender(path);
  if (!sender.ok) return undefined;
  const reached = sender.value.reach();
  sender.value.close();
  if (reached.ok) return true;
  // A link to a socket that is gone, no such name, or a socket nobody has open.
  return reached.error === "ENOENT" || reached.error === "ECONNREFUSED" ? false : undefined;
}

/** Through /proc/PID/root an absolute link would lead into our own tree, so it is followed by hand. */
function placeOf(pid: number | "self"): string | undefined {
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
