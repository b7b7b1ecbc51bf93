import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { type PatternPart, parsePattern } from "./pattern.ts";

const PARSED: readonly (readonly [string, readonly PatternPart[]])[] = [
  ["", []],
  ["plain text", [{ kind: "literal", text: "plain text" }]],
  ["a {{b}} c", [{ kind: "literal", text: "a {b} c" }]],
  ["{ip}", [{ kind: "field", name: "ip", type: "ip", stop: "" }]],
  ["{host}", [{ kind: "field", name: "host", type: "host", stop: "" }]],
  ["{port}", [{ kind: "field", name: "port", type: "int", stop: "" }]],
  ["{user}", [{ kind: "field", name: "user", type: "text", stop: "" }]],
  ["{user:name}", [{ kind: "field", name: "user", type: "name", stop: "" }]],
  ["{method}", [{ kind: "field", name: "method", type: "word", stop: "" }]],
  ["{int}", [{ kind: "field", name: "int", type: "int", stop: "" }]],
  ["{quoted}", [{ kind: "field", name: "quoted", type: "quoted", stop: "" }]],
  ["{name}", [{ kind: "field", name: "name", type: "name", stop: "" }]],
  ["{constructor}", [{ kind: "field", name: "constructor", type: "word", stop: "" }]],
  ["{*}", [{ kind: "skip" }]],
  ["{id:until=]}", [{ kind: "field", name: "id", type: "until", stop: "]" }]],
  ["{id:until={|}{}}{{= }", [{ kind: "field", name: "id", type: "until", stop: "|}{= " }]],
  ["{*:int}", [{ kind: "field", name: "*", type: "int", stop: "" }]],
  ["{ip:endpoint}", [{ kind: "field", name: "ip", type: "endpoint", stop: "" }]],
  [
    "{short} x",
    [
      { kind: "field", name: "short", type: "short", stop: " x" },
      { kind: "literal", text: " x" },
    ],
  ],
  ["{?x}", [{ kind: "optional", parts: [{ kind: "literal", text: "x" }] }]],
  [
    "{a|b}",
    [
      {
        kind: "choice",
        branches: [[{ kind: "literal", text: "a" }], [{ kind: "literal", text: "b" }]],
      },
    ],
  ],
  [
    "{?a|b}",
    [
      {
        kind: "optional",
        parts: [
          {
            kind: "choice",
            branches: [[{ kind: "literal", text: "a" }], [{ kind: "literal", text: "b" }]],
          },
        ],
      },
    ],
  ],
  ["a{}}b{|}c", [{ kind: "literal", text: "a}b|c" }]],
  [
    "{?a{}}{|}{{|{|}{n:int}}",
    [
      {
        kind: "optional",
        parts: [
          {
            kind: "choice",
            branches: [
              [{ kind: "literal", text: "a}|{" }],
              [
                { kind: "literal", text: "|" },
                { kind: "field", name: "n", type: "int", stop: "" },
              ],
            ],
          },
        ],
      },
    ],
  ],
  [
    "{?x{{{n:int}}",
    [
      {
        kind: "optional",
        parts: [
          { kind: "literal", text: "x{" },
          { kind: "field", name: "n", type: "int", stop: "" },
        ],
      },
    ],
  ],
];

test("a pattern is written like the line it matches", () => {
  for (const [text, parts] of PARSED)
    assert.deepEqual(parsePattern(text), { ok: true, value: parts }, text);
});

const REFUSED: readonly (readonly [string, number, RegExp])[] = [
  ["a } b", 2, /without "\{"/],
  ["ab{ip", 2, /never closed/],
  ["{?x", 0, /never closed/],
  ["{a|b", 0, /never closed/],
  ["x{?}", 2, /\{\?\}/],
  ["x{}", 2, /\{\}/],
  ["{Ip}", 1, /\{Ip\}/],
  ["{two words}", 1, /\{two words\}/],
  ["{a{b}c}", 1, /\{a\{b\}c\}/],
  ["{ip:address}", 1, /type "address"/],
  ["{ip:}", 1, /type ""/],
  ["{ip:int}", 1, /\{ip:int\}/],
  ["{host:word}", 1, /\{host:word\}/],
  ["{count:word}", 1, /\{count:word\}/],
  ["from <HOST>$", 5, /<HOST>/],
  ["{id:until}", 1, /\{id:until\}/],
  ["{id:until=}", 1, /\{id:until=\}/],
  ["{id:until=123456789}", 1, /until=/],
  ["{id:unescaped}", 1, /\{id:unescaped\}/],
  ["{id:unescaped=\\}", 1, /unescaped=/],
  ["{id:word=x}", 1, /\{id:word=x\}/],
  ["{**:short}", 1, /\*\*/],
  ["{ip:short}", 1, /\{ip:short\}/],
  ["{?a{Bad}}", 4, /\{Bad\}/],
  ["{a|{Bad}}", 4, /\{Bad\}/],
  [`${"{?a".repeat(9)}${"}".repeat(9)}`, 24, /nested too deep/],
  ["x".repeat(2001), 2000, /2001 characters/],
];

test("a mistake in a pattern is reported with its position", () => {
  for (const [text, at, got] of REFUSED) {
    const parsed = parsePattern(text);
    assert.ok(!parsed.ok, text);
    assert.equal(parsed.error.at, at, text);
    assert.match(parsed.error.got, got);
    assert.notEqual(parsed.error.expected, "");
  }
});

const aLiteral = fc.string({ minLength: 1, maxLength: 8, unit: "grapheme-ascii" });
const { parts: someParts } = fc.letrec<{ parts: PatternPart[]; part: PatternPart }>((tie) => ({
  parts: fc.array(tie("part"), { minLength: 1, maxLength: 3, depthIdentifier: "pattern" }),
  part: fc.oneof(
    { maxDepth: 3, depthIdentifier: "pattern" },
    aLiteral.map((text) => ({ kind: "literal" as const, text })),
    fc.constantFrom("ip" as const, "word" as const, "quoted" as const).map((type) => ({
      kind: "field" as const,
      name: "f",
      type,
      stop: "",
    })),
    fc.constant({ kind: "skip" as const }),
    tie("parts").map((parts) => ({ kind: "optional" as const, parts })),
    fc.tuple(tie("parts"), tie("parts")).map((branches) => ({ kind: "choice" as const, branches })),
  ),
}));

/** Neighboring literals are one; a "|" or "}" inside braces cannot be written, so such trees are not made. */
function write(parts: readonly PatternPart[]): string {
  return parts.map(writePart).join("");
}

function writePart(part: PatternPart): string {
  switch (part.kind) {
    case "literal":
      return part.text.replaceAll("{", "{{").replaceAll("}", "}}");
    case "field":
      return `{${part.name}:${part.type}}`;
    case "skip":
      return "{*}";
    case "optional":
      return `{?${write(part.parts)}}`;
    case "choice":
      return `{${part.branches.map(write).join("|")}}`;
  }
}

function normal(parts: readonly PatternPart[]): PatternPart[] {
  const joined: PatternPart[] = [];
  for (const part of parts.map(normalPart)) {
    const last = joined.at(-1);
    if (part.kind === "literal" && last?.kind === "literal") {
      joined[joined.length - 1] = { kind: "literal", text: last.text + part.text };
    } else joined.push(part);
  }
  return joined;
}

function normalPart(part: PatternPart): PatternPart {
  const plain = (text: string): string => text.replace(/[{}|?*]/g, "_");
  switch (part.kind) {
    case "literal":
      return { kind: "literal", text: plain(part.text) };
    case "optional":
      return { kind: "optional", parts: normal(part.parts) };
    case "choice":
      // "{{" is a brace, so the first branch cannot begin with a field.
      return {
        kind: "choice",
        branches: part.branches.map((branch) =>
          normal([{ kind: "literal", text: "c" }, ...branch]),
        ),
      };
    case "field":
    case "skip":
      return part;
  }
}

test("a formatted pattern is parsed back unchanged", () => {
  fc.assert(
    fc.property(someParts, (parts) => {
      const tree = normal(parts);
      assert.deepEqual(parsePattern(write(tree)), { ok: true, value: tree });
    }),
    fuzzRuns(100),
  );
});

test("for any text the parser returns a pattern or an error", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."{}|?*:ip a") }), (text) => {
      const parsed = parsePattern(text);
      assert.ok(parsed.ok || (parsed.error.at >= 0 && parsed.error.at <= text.length));
    }),
    fuzzRuns(100),
  );
});
