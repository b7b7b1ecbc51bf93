/**
 * Compares the rules of shipped filters, on changed samples and lines generated from patterns, with a naive matcher that
 * was written only from docs/filters.md: which rule takes a line, and which address and account it finds there.
 * `FUZZ_FACTOR=100 npm test -- test/shipped-patterns.test.ts` tries all filters and more lines, `FUZZ_SEED` repeats.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { createRandom } from "../bench/random.ts";
import type { FilterDefinition } from "../src/domain/filter-definition.ts";
import { instant } from "../src/domain/instant.ts";
import { parseIp } from "../src/domain/ip.ts";
import type { Match } from "../src/domain/match.ts";
import { enableLinearRegex } from "../src/host/linear-regex.ts";
import { loadFilters } from "../src/jails/load-filters.ts";
import { compileFilter } from "../src/parse/filter/compile-filter.ts";
import { createLineRouter } from "../src/parse/route/line-router.ts";
import { fuzzCount, fuzzSample, fuzzSeed } from "./fuzz-rounds.ts";
import { type Part, parseNaive } from "./naive-pattern.ts";
import { type Reading, readings } from "./naive-readings.ts";

enableLinearRegex();

const random = createRandom(fuzzSeed() ?? Date.now());
const pick = <T>(from: readonly T[]): T => from[random.below(from.length)] as T;

const ADDRESSES = [
  ...["192.0.2.7", "203.0.113.9", "2001:db8::7", "2001:db8:1:2:3:4:5:6", "::1", "fe80::1%eth0"],
  ...["::ffff:192.0.2.9", "2001:DB8::a", "999.1.1.1", "192.0.2.07", "192.0.2.7.1", "1::", "host"],
];
const ODD = [
  ...[
    "",
    " ",
    "  ",
    "a",
    "7",
    ".",
    ":",
    '"',
    "\\",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "|",
    "=",
    ",",
    "'",
  ],
  ...["<", ">", "@", "/", "%", "-", "_", "\t", "\r", "\v", "\u0001", "\u0085", "\u00a0", "\u2028"],
  ...["\ufeff", "\u00e9", "\u{1f600}", "alice", "bob smith", " from ", " port 22", "x: y"],
];

function valueOf(type: string): string {
  if (random.below(8) === 0) return anyText();
  if (type === "ip" || type === "host") return pick(ADDRESSES);
  if (type === "int") return pick(["0", "22", "65535", "123456", "", "-1"]);
  if (type === "quoted") return pick(['"q"', '"q \\" r"', '""', '"GET / HTTP/1.1"', '"x']);
  if (type === "word") return pick(["w", "a:b", "192.0.2.8", "\u00e9", ""]);
  if (type.startsWith("until=")) return pick(["u", "u from 192.0.2.8", type.slice(-1), "a b", ""]);
  if (type.startsWith("unescaped="))
    return pick(["u", String.raw`u\" 192.0.2.8`, type.slice(-1), String.raw`\\"`, ""]);
  if (type !== "endpoint") return anyText();
  const address = pick(ADDRESSES);
  return pick([address, `${address}:40122`, `[${address}]:22`, `[${address}]`, `${address}:22`]);
}

function anyText(): string {
  return Array.from({ length: random.below(4) }, () => pick([pick(ADDRESSES), pick(ODD)])).join("");
}

/** A line that the pattern may match. */
function lineOf(parts: readonly Part[]): string {
  const texts = parts.map((part) => {
    switch (part.is) {
      case "text":
        return part.text;
      case "field":
        return valueOf(part.type);
      case "skip":
        return anyText();
      case "optional":
        return random.below(2) === 0 ? lineOf(part.parts) : "";
      case "choice":
        return lineOf(pick(part.branches));
    }
  });
  return texts.join("");
}

/** Changes a line as a client, a new version or an attacker might. */
function change(line: string, others: readonly string[]): string {
  const at = random.below(line.length + 1);
  const to = Math.min(line.length, at + random.below(6));
  const [before, taken, after] = [line.slice(0, at), line.slice(at, to), line.slice(to)];
  const other = pick(others);
  return pick([
    before + pick(ODD) + taken + after,
    before + after,
    before + pick(ADDRESSES) + taken + after,
    before + taken + taken + after,
    before + other,
    before + other.slice(random.below(other.length + 1)),
    before + taken.toUpperCase() + after,
    line.replace(/[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]+/, () => pick(ADDRESSES)),
  ]);
}

interface Expected {
  readonly rule: string;
  readonly ways: readonly Reading[];
}

/** The parts of each pattern, because parsing takes longer than matching. */
type ParsedPatterns = ReadonlyMap<string, readonly Part[]>;

/** What the documentation says of a line: the first rule that matches. "unknown": rules that are not compared. */
function expectedOf(
  { rules }: FilterDefinition,
  parsed: ParsedPatterns,
  line: string,
): Expected | "unknown" | undefined {
  for (const { id, recognize } of rules) {
    if (recognize.kind === "record") continue;
    if (recognize.kind === "regex") {
      if (new RegExp(`^(?:${recognize.source})$`, "s").test(line)) return "unknown";
      continue;
    }
    for (const pattern of recognize.patterns) {
      const ways = readings(parsed.get(pattern) ?? [], line);
      if (ways === undefined) return "unknown";
      if (ways.length > 0) return { rule: id, ways };
    }
  }
  return undefined;
}

function matcherOf(filter: FilterDefinition): (line: string) => Match | undefined {
  const compiled = compileFilter(filter, "abuse");
  assert.ok(compiled.ok, filter.name);
  const router = createLineRouter([{ filter: compiled.value, accepts: () => true }], () => 0);
  // An entry of the journal, because its message has no header and is only read in one way.
  const program = filter.programs.find((name) => !name.includes("*")) ?? "p";
  const fields = { at: instant(0), host: "web1", program, pid: 1, journal: new Map() };
  return (line) => {
    let found: Match | undefined;
    const text = `${line}\n`;
    const batch = { text, fields: [fields], arrival: "backlog", cursor: undefined } as const;
    const matched = (_entry: number, match: Match): void => void (found = match);
    router.route(batch, instant(0), { matched, unrecognized() {} });
    return found;
  };
}

const normal = (ip: string | undefined): string | undefined =>
  ip === undefined ? undefined : (parseIp(ip) ?? ip);

/** Without the brackets, the punctuation and the port that a host's address may have. */
function addressOf(host: string): string {
  const bare = host.replaceAll(/^["'(<[]+|["')>\]]*[.,;:]?$/g, "");
  const { address = bare } =
    /^(?:\[?(?<address>[^\]]+)\]:\d{1,5}|(?<address>[\d.]+):\d{1,5})$/.exec(bare)?.groups ?? {};
  return parseIp(address) ?? host;
}

/** Returns whether the line was compared. */
function compare(
  filter: FilterDefinition,
  parsed: ParsedPatterns,
  line: string,
  found: Match | undefined,
): boolean {
  const expected = expectedOf(filter, parsed, line);
  const structured = filter.rules.find(({ id }) => id === found?.rule)?.recognize.kind === "record";
  if (expected === "unknown" || structured) return false;
  const shown = `${filter.name}: ${JSON.stringify(line)}`;
  assert.equal(found?.rule, expected?.rule, shown);
  if (found === undefined || expected === undefined) return true;
  const last = Math.max(...expected.ways.map(({ ipAt }) => ipAt));
  const best = expected.ways.filter(({ ipAt }) => ipAt === last);
  const named = found.ip ?? found.host;
  const same = best.filter(({ ip, host }) => (normal(ip) ?? (host && addressOf(host))) === named);
  assert.ok(same.length > 0, `${named} instead of ${best[0]?.ip ?? best[0]?.host} in ${shown}`);
  const users = same.map(({ user }) => user || undefined);
  assert.ok(users.includes(found.user), `${found.user} instead of ${users[0]} in ${shown}`);
  return true;
}

function patternsOf({ rules }: FilterDefinition): readonly string[] {
  return rules.flatMap(({ recognize }) => (recognize.kind === "line" ? recognize.patterns : []));
}

function messageOf(sample: string): string {
  const head =
    /^(?:<\d+>)?(?:[A-Z][a-z]{2} [ \d]\d [\d:]{8}|\d{4}-\S+T\S+) \S+ [^ :[\]]+(?:\[\d+\])?: /;
  return sample.replace(head, "");
}

test("shipped patterns match as documented", async () => {
  const { filters } = await loadFilters([]);
  const plain = [...filters.values()].filter((filter) => patternsOf(filter).length > 0);
  let compared = 0;
  for (const filter of fuzzSample(plain, 25)) {
    const take = matcherOf(filter);
    const parsed = new Map(patternsOf(filter).map((text) => [text, parseNaive(text)]));
    const patterns = [...parsed.values()];
    const samples = filter.samples.map(({ line }) => messageOf(line));
    for (let n = fuzzCount(16); n > 0; n--) {
      let line = random.below(2) === 0 ? lineOf(pick(patterns)) : pick([...samples, ""]);
      for (let changes = random.below(3); changes > 0; changes--) line = change(line, samples);
      // Blanks around a message belong to none of its fields.
      line = line.replaceAll("\n", " ").trim();
      if (line !== "" && compare(filter, parsed, line, take(line))) compared++;
    }
  }
  assert.ok(compared > 200, `only ${compared} lines were compared`);
});

test("no shipped rule takes an empty message", async () => {
  const { filters } = await loadFilters([]);
  for (const filter of filters.values())
    assert.equal(matcherOf(filter)("")?.rule, undefined, filter.name);
});
