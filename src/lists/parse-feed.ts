/**
 * Parses the text of a block list, and refuses what is no list: a web page, an empty answer, a file of another kind. Text
 * from outside is hostile, so each line is either an address, a network, a comment, or counted as invalid.
 */
import { amount } from "../domain/amount.ts";
import { parseSubject, type Subject } from "../domain/cidr.ts";
import { isRecord, parseJson } from "../domain/json.ts";
import { createNetworkRanges } from "../domain/network-ranges.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { describeWideNetwork } from "../domain/wide-network.ts";
import { nextTurn } from "../host/timers.ts";
import { RESERVED_NETWORKS } from "./reserved-networks.ts";

export type FeedFormat = "plain" | "json-lines";

/** Lines that are not used, and descriptions of the first ones: 'line 7: "example.org"'. */
export interface LineTally {
  readonly count: number;
  readonly first: readonly string[];
}

export interface ParsedFeed {
  readonly subjects: readonly Subject[];
  readonly invalid: LineTally;
  /** Networks that are reserved or too wide. */
  readonly refused: LineTally;
}

const MAX_NAMED = 3;
const MAX_SHOWN = 60;
/** No entry of any format is longer. */
const MAX_LINE = 4096;
/** Number of lines between which other work runs. */
const LINES_AT_ONCE = 5000;

const reserved = createNetworkRanges(RESERVED_NETWORKS.map((subject) => ({ subject })));

/** Fails with the reason why the text is no usable list. */
export async function parseFeed(
  text: string,
  { format, maxEntries }: { readonly format: FeedFormat; readonly maxEntries: number },
): Promise<Result<ParsedFeed, string>> {
  if (/^\s*<(?:!doctype|html|head|body|\?xml)/i.test(text.slice(0, 1000)))
    return fail("it is a web page and no list");
  const subjects: Subject[] = [];
  const invalid = { count: 0, first: [] as string[] };
  const refused = { count: 0, first: [] as string[] };
  const readLine = format === "plain" ? readPlain : readJson;
  let number = 0;
  for (const line of linesOf(text)) {
    if (++number % LINES_AT_ONCE === 0) await nextTurn();
    const entry = line.length > MAX_LINE ? line : readLine(line);
    if (entry === undefined) continue;
    const subject = parseSubject(entry);
    const why = subject === undefined ? "" : refusalOf(subject);
    if (subject !== undefined && why === undefined) {
      if (subjects.length === maxEntries)
        return fail(`it has more than ${amount(maxEntries, "entry", "entries")} (max_entries)`);
      subjects.push(subject);
      continue;
    }
    const tally = subject === undefined ? invalid : refused;
    tally.count++;
    if (tally.first.length < MAX_NAMED)
      tally.first.push(`line ${number}: ${JSON.stringify(line.slice(0, MAX_SHOWN))}${why ?? ""}`);
  }
  return judge({ subjects, invalid, refused });
}

function judge(feed: ParsedFeed): Result<ParsedFeed, string> {
  const { subjects, invalid, refused } = feed;
  const examples = [...invalid.first, ...refused.first].slice(0, MAX_NAMED).join("; ");
  if (invalid.count > subjects.length + refused.count)
    return fail(`most of its lines are no addresses or networks (${examples})`);
  if (subjects.length > 0) return ok(feed);
  return fail(`it has no usable address or network${examples === "" ? "" : ` (${examples})`}`);
}

function refusalOf(subject: Subject): string | undefined {
  if (reserved.containing(subject) !== undefined) return ", a private or reserved network";
  const wide = describeWideNetwork(subject);
  return wide === undefined ? undefined : `, ${wide}`;
}

function* linesOf(text: string): Generator<string, undefined> {
  // A byte order mark is no part of the first line.
  let begin = text.startsWith("\uFEFF") ? 1 : 0;
  while (begin < text.length) {
    const found = text.indexOf("\n", begin);
    const end = found < 0 ? text.length : found;
    yield text.slice(begin, end);
    begin = end + 1;
  }
}

/** Returns the entry of a line; undefined: it is empty or a comment. */
function readPlain(line: string): string | undefined {
  const entry = line.replace(/[#;].*$/s, "").trim();
  return entry === "" ? undefined : entry;
}

/** Returns "" for a line without an entry that should have one. */
function readJson(line: string): string | undefined {
  if (line.trim() === "") return undefined;
  const value = parseJson(line);
  if (!isRecord(value)) return "";
  const fields = new Map<string, unknown>(Object.entries(value));
  const entry = fields.get("cidr") ?? fields.get("ip");
  if (typeof entry === "string") return entry;
  // Spamhaus ends its lists with the time and the number of entries.
  return fields.get("type") === "metadata" ? undefined : "";
}
