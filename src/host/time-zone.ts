/** Reads the time zone of this machine, which may change while the daemon runs. */
import { readlinkSync, statSync } from "node:fs";

/** Returns the offset of local time at an instant, in milliseconds east of UTC. */
export function localOffset(at: number): number {
  return -new Date(at).getTimezoneOffset() * 60_000;
}

/**
 * Makes the process use a changed time zone: Node reads it once, and again only when TZ is set. `before` is the last
 * result; undefined when TZ was set by the environment, which takes precedence.
 */
export function followTimeZone(before: string | undefined): string | undefined {
  if (before === undefined && process.env["TZ"] !== undefined) return undefined;
  const now = zoneIdentity();
  if (before !== undefined && now !== before) {
    process.env["TZ"] = zoneName();
    delete process.env["TZ"];
  }
  return now;
}

function zoneIdentity(): string {
  try {
    const { ino, mtimeMs } = statSync("/etc/localtime");
    return `${zoneName()} ${ino} ${mtimeMs}`;
  } catch {
    // A missing /etc/localtime means UTC.
    return "none";
  }
}

function zoneName(): string {
  try {
    return readlinkSync("/etc/localtime").split("/zoneinfo/")[1] ?? "";
  } catch {
    // A copied file, unlike a link, has no zone name.
    return "";
  }
}
