/**
 * Compares compiled patterns, on generated patterns and lines, with a naive matcher that was written only from
 * docs/filters.md and tries every way to match a line. `FUZZ_FACTOR=2000 npm test -- test/pattern-fuzz.test.ts` tries
 * more, `FUZZ_SEED` repeats.
 */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { instant } from "../src/domain/instant.ts";
import { parseIp } from "../src/domain/ip.ts";
import type { Match } from "../src/domain/match.ts";
import { compileFilter } from "../src/parse/filter/compile-filter.ts";
import { createLineRouter } from "../src/parse/route/line-router.ts";
import { readFilter } from "../src/parse/filter/read-filter.ts";
import { fuzzRuns } from "./fuzz-rounds.ts";
import { type Part, parseNaive, spell } from "./naive-pattern.ts";
import { addressesIn, readings } from "./naive-readings.ts";
import { enableLinearRegex } from "../src/host/linear-regex.ts";

enableLinearRegex();

const RUNS = fuzzRuns(150);

const literal = fc
  .constantFrom(
    " from ",
    " ",
    ": ",
    "[",
    "]",
    "for ",
    " port ",
    "(",
    ")",
    ", ",
    "=",
    "x",
    " by ",
    "@",
  )
  .map((text): Part => ({ is: "text", text }));
const field = fc
  .constantFrom("word", "int", "text", "name", "quoted", "until=]", "unescaped=]", "short")
  .map((type): Part => ({ is: "field", name: type === "short" ? "reason" : "some", type }));
const user = fc
  .constantFrom("text", "name", "word", "quoted", "until=]", "unescaped=]", "short")
  .map((type): Part => ({ is: "field", name: "user", type }));
const ip = fc.constant<Part>({ is: "field", name: "ip", type: "ip" });
const endpoint = fc.constant<Part>({ is: "field", name: "ip", type: "endpoint" });
const skip = fc.constant<Part>({ is: "skip" });
const simple = fc.oneof(
  { weight: 5, arbitrary: literal },
  { weight: 1, arbitrary: field },
  { weight: 1, arbitrary: user },
  { weight: 2, arbitrary: ip },
  { weight: 1, arbitrary: skip },
);
const group = fc.oneof(
  fc
    .array(simple, { minLength: 1, maxLength: 3 })
    .map((parts): Part => ({ is: "optional", parts })),
  fc
    .array(fc.array(fc.oneof(literal, field), { minLength: 1, maxLength: 2 }), {
      minLength: 2,
      maxLength: 3,
    })
    .map((branches): Part => ({ is: "choice", branches })),
);
const pattern = fc.array(
  fc.oneof({ weight: 4, arbitrary: simple }, { weight: 1, arbitrary: group }),
  {
    minLength: 1,
    maxLength: 6,
  },
);

const VALUES: Readonly<Record<string, readonly string[]>> = {
  ip: [
    "192.0.2.7",
    "2001:db8::7",
    "::1",
    "fe80::1",
    "::ffff:192.0.2.9",
    "999.1.1.1",
    "fe80::2%eth0",
  ],
  word: ["w", "a:b", "192.0.2.8", "w2"],
  int: ["4", "80"],
  text: ["", "u", "u from 192.0.2.8", "a b", "x: y"],
  short: ["", "u", "u from", " from 192.0.2.8 ", "a: b", "]("],
  "until=]": ["u", "u from 192.0.2.8", "]", "[x"],
  "unescaped=]": ["u", "u\\] from 192.0.2.8", "]", "", "\\\\]"],
  name: ["", "u", "u from 192.0.2.8"],
  quoted: ['"q"', '"q \\" r"'],
  skip: ["", " z", ": z", "z ", ":80 z", ".", " from 192.0.2.8", " 10.0.19045.5371"],
};

/** A line that the pattern may match, sometimes with changes. */
function lineOf(parts: readonly Part[], choose: (count: number) => number): string {
  const pick = (values: readonly string[] = [""]): string => values[choose(values.length)] ?? "";
  return parts
    .map((part) => {
      switch (part.is) {
        case "text":
          return part.text;
        case "field":
          return pick(VALUES[part.type]);
        case "skip":
          return pick(VALUES["skip"]);
        case "optional":
          return choose(2) === 0 ? lineOf(part.parts, choose) : "";
        case "choice":
          return lineOf(part.branches[choose(part.branches.length)] ?? [], choose);
      }
    })
    .join("");
}

interface Case {
  readonly parts: readonly Part[];
  readonly line: string;
}

const cases = fc
  .tuple(
    pattern,
    fc.infiniteStream(fc.nat(1000)),
    fc.nat(9),
    fc.constantFrom("", "7", ".", ":", " ", "x", "a"),
  )
  .map(([parts, numbers, damage, extra]): Case => {
    const choose = (count: number): number => (numbers.next().value ?? 0) % count;
    const line = lineOf(parts, choose);
    const at = choose(line.length + 1);
    return { parts, line: damage < 3 ? line.slice(0, at) + extra + line.slice(at) : line };
  });

/** undefined: the pattern is refused. */
function compiled(parts: readonly Part[]): ((line: string) => Match | undefined) | undefined {
  const table = {
    name: "f",
    programs: ["p"],
    rule: [{ id: "r", is: "pending", line: spell(parts) }],
  };
  const definition = readFilter(table, "f");
  if (!definition.ok) return undefined;
  const filter = compileFilter(definition.value, "normal");
  if (!filter.ok) {
    // Refused for a reason, not because the generated expression is invalid.
    const got = filter.error.map((problem) => problem.got).join();
    assert.doesNotMatch(got, /regular expression|linear/, spell(parts));
    return undefined;
  }
  const router = createLineRouter([{ filter: filter.value, accepts: undefined }], () => 0);
  return (line) => {
    let found: Match | undefined;
    const text = `Nov 23 04:11:05 web1 p[1]: ${line}\n`;
    const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
    const matched = (_entry: number, match: Match): void => void (found = match);
    router.route(batch, instant(0), { matched, unrecognized() {} });
    return found;
  };
}

function compare({ parts, line }: Case): boolean {
  const take = compiled(parts);
  // Blanks before a message belong to the header, and blanks after it to no field.
  if (take === undefined || line !== line.trim() || line === "") return false;
  const whole = readings(parseNaive(spell(parts)), line);
  if (whole === undefined) return false;
  const found = take(line);
  const shown = `${spell(parts)}  on  ${line}`;
  assert.equal(found !== undefined, whole.length > 0, `matches? ${shown}`);
  if (found === undefined) return true;
  const named = found.ip ?? found.host;
  const ways = whole.filter((way) => normal(way.ip) === normal(named));
  assert.ok(
    ways.some(({ user: name }) => (name || undefined) === found.user),
    `${named} ${found.user} is no way to read ${shown}`,
  );
  const addresses = whole.filter((way) => way.ip !== undefined);
  if (addresses.length === 0) return true;
  assert.ok(named !== undefined, `finds no address: ${shown}`);
  const last = Math.max(...addresses.map(({ ipAt }) => ipAt));
  assert.ok(
    ways.some(({ ipAt }) => ipAt === last),
    `takes an earlier address: ${shown}`,
  );
  return true;
}

function normal(ip: string | undefined): string | undefined {
  return ip === undefined ? undefined : (parseIp(ip) ?? ip);
}

test("generated patterns match generated lines as documented", () => {
  let compared = 0;
  fc.assert(
    fc.property(cases, (one) => {
      if (compare(one)) compared++;
    }),
    RUNS,
  );
  assert.ok(
    compared > RUNS.numRuns / 10,
    `only ${compared} of ${RUNS.numRuns} patterns were accepted`,
  );
});

const joint = fc
  .constantFrom(":", "#", ":80", "cafe:", "5:", "x:", " ", ".", "1", "node", "[", "]")
  .map((text): Part => ({ is: "text", text }));
const number = fc.constant<Part>({ is: "field", name: "some", type: "int" });
const host = fc.constant<Part>({ is: "field", name: "host", type: "host" });
const beside = fc.oneof(joint, joint, number, user, skip);
const joined = fc.tuple(
  fc.array(beside, { maxLength: 3 }),
  fc.oneof(ip, ip, host, endpoint),
  fc.array(beside, { maxLength: 3 }),
);
const crowded = fc.tuple(joined, fc.nat(3)).map(([[before, peer, after], how]): readonly Part[] => {
  if (how === 0) return [{ is: "optional", parts: before }, peer, ...after];
  if (how === 1) return [...before, peer, { is: "optional", parts: after }];
  if (how === 2) return [{ is: "choice", branches: [[...before, peer], [peer]] }, ...after];
  return [...before, peer, ...after];
});

test("no part of an address is taken for another address, for any text beside the field", () => {
  let found = 0;
  const pieces = [
    "2001:db8::7",
    ":80",
    "192.0.2.7",
    ":",
    "cafe:",
    "#5:",
    "::ffff:",
    "7",
    " ",
    ":40122",
    "1::",
    "[",
    "]",
  ];
  fc.assert(
    fc.property(
      crowded,
      fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 5 }),
      (parts, texts) => {
        const line = texts.join("").trim();
        const match = compiled(parts)?.(line);
        if (match?.ip === undefined) return;
        found++;
        const known = [...addressesIn(line)].map(normal);
        assert.ok(known.includes(match.ip), `${match.ip}: ${spell(parts)}  on  ${line}`);
      },
    ),
    fuzzRuns(600),
  );
  assert.ok(found > 0, "no address was found");
});
