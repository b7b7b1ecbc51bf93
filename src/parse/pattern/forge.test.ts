import assert from "node:assert/strict";
import { test } from "node:test";
import { forge, type ForgeOptions, honestLine, TRUTH, VICTIM } from "./forge.ts";
import { parsePattern, type PatternPart } from "./pattern.ts";

function partsOf(pattern: string): readonly PatternPart[] {
  const parts = parsePattern(pattern);
  assert.ok(parts.ok, pattern);
  return parts.value;
}

function forged(pattern: string, options?: ForgeOptions): readonly string[] {
  return forge(partsOf(pattern), options).map(({ line }) => line);
}

for (const [pattern, line] of [
  ["login of {user} from {ip} port {port}", `login of root from ${TRUTH} port 4242`],
  ["from {host}[{ip}]", `from ${TRUTH}[${TRUTH}]`],
  ["{a|b} {?again }{kind} of {user:quoted}: {reason}", 'a again word of "root": some reason'],
  ["", ""],
] as const)
  test(`an honest line of "${pattern}"`, () => assert.equal(honestLine(partsOf(pattern)), line));

for (const [what, pattern, options, line] of [
  [
    "the rest of the line",
    "login of {user} from {ip} failed",
    {},
    `login of root from ${VICTIM} failed from ${TRUTH} failed`,
  ],
  [
    "the line up to the address",
    "login of {user} from {ip} failed",
    {},
    `login of root from ${VICTIM} from ${TRUTH} failed`,
  ],
  [
    "what the service quotes, with the quotes escaped",
    "login of {user:quoted} from {ip}",
    {},
    `login of "\\" from ${VICTIM}" from ${TRUTH}`,
  ],
  [
    "what the service escapes, behind a backslash",
    'login of "{user:unescaped="}" from {ip}',
    {},
    `login of "root\\" from ${VICTIM}" from ${TRUTH}`,
  ],
  [
    "blanks behind the address, although the pattern allows none",
    "{user} from {ip}, referer: {page:until= }",
    {},
    `root from ${TRUTH}, referer: root from ${VICTIM}, referer: root`,
  ],
  ["a name, up to its colon", "{user:name}: {ip}", { texts: ["a: b"] }, `a: ${TRUTH}`],
  ["in the way without the optional part", "{ip}{? again} {*}", {}, `${TRUTH} ${VICTIM}`],
  ["in the second branch", "{a|b} {ip} {*}", {}, `b ${TRUTH} ${VICTIM}`],
  ["the name of the peer", "{host}[{ip}]", {}, `${VICTIM}[${TRUTH}]`],
  ["a word that a client chooses", "{ip} {kind}", { words: "chosen" }, `${TRUTH} ${VICTIM}`],
  ["a word of nothing", "{ip} {kind}", { words: "chosen" }, `${TRUTH} x`],
  ["texts in a line without a peer", "user {user}", { texts: ["T"] }, "user T"],
] as const)
  test(`forged: ${what}`, () => {
    const lines = forged(pattern, options);
    assert.ok(lines.includes(line), lines.join("\n"));
  });

for (const [what, pattern] of [
  ["a line without a peer", "user {user}"],
  ["numbers and addresses", "{ip} port {port}"],
  ["words of the service", "{ip} {kind}: {reason}"],
] as const)
  test(`nothing is forged in ${what}`, () => assert.deepEqual(forged(pattern), []));
