/** Recognizes lines of a syslog daemon, which puts a whole message into a line. */
import type { Header } from "./header.ts";

/** `header`: that of the line. */
export function isSyslogLine(header: Header): boolean {
  const { stamped, hostStart, hostEnd, programStart, programEnd } = header;
  return stamped && hostEnd > hostStart && programEnd > programStart;
}
