/** Detects lines that another host wrote, as in a file to which a relay writes. */
import { hostname } from "node:os";
import { createHeader } from "../parse/header/header.ts";
import { readHeader } from "../parse/header/read-header.ts";

/**
 * Returns whether the line names another host. A line without a host, as in a service's own file, is from this host.
 */
export function namesOtherHost(line: string, own: string = hostname()): boolean {
  const header = createHeader();
  readHeader(line, 0, line.length, header);
  const host = shortName(line.slice(header.hostStart, header.hostEnd));
  return !header.isContainer && host !== "" && host !== "localhost" && host !== shortName(own);
}

function shortName(host: string): string {
  return host.replace(/\..*$/s, "").toLowerCase();
}
