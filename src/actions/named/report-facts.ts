/** Collects what a report says about a ban, without names of users or hosts unless the action asks for lines. */
import type { BanBook } from "../../domain/ban-book.ts";
import { addressScope } from "../../domain/address-scope.ts";
import type { Subject } from "../../domain/cidr.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import type { CompiledJail } from "../../jails/compile-jails.ts";
import { escapeText } from "../../telemetry/escape-text.ts";
import { abuseCategories } from "./abuse-categories.ts";
import { readBan } from "./named-action.ts";
import { reportedAddress } from "./reported-address.ts";

export interface ReportFacts {
  /** A UUID, the same in each try. */
  readonly id: string;
  readonly ip: Ip;
  readonly failures: number;
  /** Numbers of AbuseIPDB's categories. */
  readonly categories: readonly number[];
  /** Name or number of the first port of the service: "ssh", "8080". undefined: none. */
  readonly port: string | undefined;
  /** Times of the newest lines that led to the ban, oldest first; at least one. */
  readonly times: readonly [Instant, ...Instant[]];
  /** These lines. They contain names of users and hosts. */
  readonly lines: readonly string[];
}

export interface ReportedBan {
  readonly id: string;
  readonly subject: Subject;
  readonly live: CompiledJail;
}

/**
 * Returns undefined for a ban that must not be reported: it was lifted by hand, which says that it was a mistake, its
 * address is private, nothing shows which address it was, or it can be forged.
 */
export function readReportFacts(
  book: BanBook,
  { id, subject, live }: ReportedBan,
): ReportFacts | undefined {
  // The client may have chosen an address that comes from a header, so it proves nothing to others.
  if (live.definition.address_headers !== undefined) return undefined;
  const ban = readBan(book, { kind: "ban", subject, live });
  if (ban?.origin !== "detected" || ban.why === "unbanned") return undefined;
  const evidence = book.evidence(ban.id);
  const lines = evidence.map(({ line }) => line);
  const ip = reportedAddress(subject, evidence);
  const categories = abuseCategories(live.definition, ban.rule);
  if (ip === undefined || addressScope(ip) !== "public" || categories.length === 0)
    return undefined;
  const [first = instant(ban.from), ...later] = evidence
    .map(({ at }) => at)
    .toSorted((a, b) => a - b);
  const [port] = live.definition.ports;
  return {
    ...{ id, ip, port, categories, failures: ban.failures },
    times: [first, ...later],
    lines: lines.map(escapeText),
  };
}
