/**
 * Makes a report in the form of XARF 4 (xarf.org, schemas v4): xarf-core with the types login_attack, port_scan and
 * vulnerability_scan of the category connection. Spam has no report, since its type requires the sender's address.
 */
import { createHash } from "node:crypto";
import type { NamedAction } from "../../config/config.ts";
import { formatInstant } from "../../domain/instant.ts";
import { describeAttempts } from "./describe-attempts.ts";
import type { ReportFacts } from "./report-facts.ts";

const VERSION = "4.0.0";
/** `maxLength` of the schema. */
const MAX_ORG_LENGTH = 200;

/** Types by the categories of AbuseIPDB; the first that fits is taken. */
const TYPES: readonly {
  readonly categories: readonly number[];
  readonly fields: Readonly<Record<string, string>>;
}[] = [
  { categories: [5, 18], fields: { type: "login_attack" } },
  { categories: [14], fields: { type: "port_scan" } },
  { categories: [21], fields: { type: "vulnerability_scan", scan_type: "web_vuln_scan" } },
  { categories: [15], fields: { type: "vulnerability_scan", scan_type: "vulnerability_scan" } },
];

/** Returns undefined if XARF has no type for what happened. */
export function makeXarfReport(
  facts: ReportFacts,
  { org, contact, domain, lines: sendsLines }: NamedAction<"xarf">,
): object | undefined {
  const { id, ip, port, categories, times } = facts;
  const found = TYPES.find((type) => type.categories.some((one) => categories.includes(one)));
  if (found === undefined) return undefined;
  const reporter = { org: org.slice(0, MAX_ORG_LENGTH), contact, domain };
  const [first] = times;
  const last = times.at(-1) ?? first;
  return {
    xarf_version: VERSION,
    report_id: id,
    timestamp: formatInstant(last),
    reporter,
    sender: reporter,
    source_identifier: ip,
    category: "connection",
    ...found.fields,
    protocol: port?.endsWith("/udp") === true ? "udp" : "tcp",
    first_seen: formatInstant(first),
    last_seen: formatInstant(last),
    evidence_source: "ids_detection",
    description: describeAttempts(facts),
    ...(sendsLines && facts.lines.length > 0 ? { evidence: [evidenceOf(facts.lines)] } : {}),
  };
}

function evidenceOf(lines: readonly string[]): object {
  const text = Buffer.from(lines.join("\n"));
  return {
    content_type: "text/plain",
    description: "Log lines of the attempts",
    payload: text.toString("base64"),
    hash: `sha256:${createHash("sha256").update(text).digest("hex")}`,
    size: text.length,
  };
}
