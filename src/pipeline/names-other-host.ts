/** Detects lines that another host wrote, as in a file to which a relay writes. */
import { hostname } from "node:os";
import { createHeader } from "../parse/header/header.ts";
import { readHeader } from "../parse/header/read-header.ts";

/**
 * Returns whether the line names another host. A line without a host, as in a service's own file, is from this host.
 */
export function namesOtherHost(line: string, own: string = ownName()): boolean {
  const header = createHeader();
  readHeader(line, 0, line.length, header);
  const host = shortName(line.slice(header.hostStart, header.hostEnd));
  return !header.isContainer && host !== "" && host !== "localhost" && host !== shortName(own);
}

/** How long the name of this host is believed, in milliseconds: it is asked for each counted line. */
const BELIEVED_MS = 1000;

let believed = { name: "", until: Number.NEGATIVE_INFINITY };

function ownName(): string {
  const now = performance.now();
  if (now >= believed.until) believed = { name: hostname(), until: now + BELIEVED_MS };
  return believed.name;
}

function shortName(host: string): string {
  return host.replace(/\..*$/s, "").toLowerCase();
}
