/**
 * Builds a line that a filter must recognize as a failed login. It replaces the address and the user in a sample of the
 * filter, and tests the line against the filter.
 */
import { createAttemptCounter } from "../../detect/attempts.ts";
import {
  type FilterDefinition,
  modeIncludes,
  type SampleDefinition,
} from "../../domain/filter-definition.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import type { Filter } from "../../parse/filter/compile-filter.ts";
import { createHeader } from "../../parse/header/header.ts";
import { createLineRouter } from "../../parse/route/line-router.ts";
import { readHeader } from "../../parse/header/read-header.ts";
import type { Facility } from "../../host/logs/send-syslog-line.ts";

export interface MarkedLine {
  /** Program name in the syslog line. */
  readonly tag: string;
  readonly facility: Facility;
  readonly text: string;
}

export interface MarkedLineOptions {
  readonly definition: FilterDefinition;
  readonly filter: Filter;
  readonly user: string;
  readonly from: Ip;
}

/** Returns undefined if no sample of the filter is a failed login with an address and a user. */
export function markedLine(options: MarkedLineOptions): MarkedLine | undefined {
  const { definition } = options;
  for (const sample of definition.samples) {
    for (const text of candidates(sample, options)) {
      const tag = definition.programs[0] ?? "";
      if (isTaken(`${tag}[1]: ${text}`, options))
        return { tag, facility: facilityOf(definition), text };
    }
  }
  return undefined;
}

function* candidates(
  { line, mode, expect }: SampleDefinition,
  { filter, user, from }: MarkedLineOptions,
): Iterable<string> {
  if (expect.kind === "none" || !modeIncludes(filter.mode, mode)) return;
  if (expect.ip === undefined || expect.user === undefined || expect.user === "") return;
  const header = createHeader();
  readHeader(`${line}\n`, 0, line.length, header);
  const named = header.programEnd > header.programStart;
  const message = named ? line.slice(header.messageStart) : line;
  for (const at of [message.indexOf(expect.user), message.lastIndexOf(expect.user)]) {
    if (at < 0) continue;
    const marked = message.slice(0, at) + user + message.slice(at + expect.user.length);
    yield marked.replaceAll(expect.ip, from);
  }
}

/** Tests the line with the functions that read the log. */
function isTaken(line: string, { filter, user, from }: MarkedLineOptions): boolean {
  const attempts = createAttemptCounter();
  const now: Instant = instant(Date.UTC(2026, 0, 1));
  let taken = false;
  createLineRouter([{ filter, accepts: undefined }], () => 0).route(
    { text: `${line}\n`, fields: undefined, arrival: "live", cursor: undefined },
    now,
    {
      matched: (_entry, match) => {
        const attempt = attempts.observe(match);
        const counts = match.kind === "failure" && attempt.counts > 0;
        taken = counts && attempt.ip === from && attempt.user === user;
      },
      unrecognized: () => undefined,
    },
  );
  return taken;
}

/** Derives the facility from the filter's log files, because syslog daemons select the file by facility. */
function facilityOf({ files }: FilterDefinition): Facility {
  const names = files.join(" ");
  if (/auth|secure/.test(names)) return "authpriv";
  if (/mail/.test(names)) return "mail";
  return /ftp/.test(names) ? "ftp" : "daemon";
}
