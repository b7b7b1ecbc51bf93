/** The forgery test finds each kind of fault in a proposed rule. */
import assert from "node:assert/strict";
import { test } from "node:test";
import v8 from "node:v8";
import type { FilterDefinition } from "../../domain/filter-definition.ts";
import { instant } from "../../domain/instant.ts";
import { readFilter } from "../../parse/filter/read-filter.ts";
import { MessageMiner } from "./message-miner.ts";
import type { ProposedRule } from "./propose-rule.ts";
import { type OtherShape, testForgery } from "./test-forgery.ts";

v8.setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");
v8.setFlagsFromString("--enable-experimental-regexp-engine");

/** A filter with these rules, and samples of harmless lines. */
function base(rules: readonly object[] = [], ...samples: readonly object[]): FilterDefinition {
  const own = { id: "refused", is: "failure", line: "Refused {user} from {ip}" };
  const read = readFilter({ name: "f", rule: [own, ...rules], sample: samples }, "f.toml");
  assert.ok(read.ok, JSON.stringify(read));
  return read.value;
}

const RULE: ProposedRule = {
  id: "wrong",
  is: "failure",
  counts: "each",
  line: "Wrong password for {user} from {ip} port {port}",
  sample: {
    line: "Wrong password for bob from 192.0.2.7 port 4022",
    ip: "192.0.2.7",
    user: "bob",
  },
};

/** The shape of a message that occurred twice. */
function shapeOf(message: string): OtherShape {
  const miner = new MessageMiner();
  for (let i = 0; i < 2; i++) miner.add(message, instant(i), 0);
  const [shape] = miner.shapes();
  assert.ok(shape !== undefined);
  return shape;
}

const NEUTRAL: ProposedRule = { ...RULE, is: "neutral" };

for (const [what, change, rest, why] of [
  ["nothing", {}, {}, undefined],
  ["a pattern that cannot be read", { line: "Wrong {user" }, {}, /^its pattern is wrong: /],
  ["an id that the filter has", { id: "refused" }, {}, /^.*"refused", which f\.toml has already/],
  ["a pattern with two peers", { line: "Wrong {ip} {ip}" }, {}, /\{ip\} twice in one line/],
  [
    "a filter that is broken itself",
    {},
    { base: base([{ id: "x", is: "failure", line: "{ip} {ip}" }]) },
    /\{ip\} twice in one line/,
  ],
  [
    "a sample of another message",
    { sample: { ...RULE.sample, line: "Wrong" } },
    {},
    /^it does not recognize its own sample: Wrong$/,
  ],
  [
    "a sample with another address",
    { sample: { ...RULE.sample, ip: "192.0.2.8" } },
    {},
    /^it reads 192\.0\.2\.7 from its own sample$/,
  ],
  [
    "a sample whose address is not in the pattern",
    { line: "Wrong password for {user}" },
    {},
    /^it reads no address from its own sample$/,
  ],
  [
    "an example of another shape",
    {},
    { examples: ["Wrong password for bob"] },
    /^it does not recognize the line it was made of: Wrong password for bob$/,
  ],
  [
    "a line that must not match",
    {},
    {
      base: base([], {
        line: "Wrong password for monitor from 192.0.2.9 port 1",
        expect: "none",
      }),
    },
    /^it changes what this line means: Wrong password for monitor from/,
  ],
  [
    "a message of success that reads alike",
    {},
    { others: [shapeOf("Wrong password for bob accepted from 192.0.2.9 port 22")] },
    /^it takes another message for its own: Wrong password for bob accepted/,
  ],
  [
    "a message without an address that a client fills",
    {},
    {
      examples: [RULE.sample.line],
      others: [shapeOf("Wrong password for user 'some text'"), shapeOf("Wrong password for bob")],
    },
    /^the program also writes "Wrong password for bob", and a client could make that look like: /,
  ],
  [
    "one whose lines are too long to be kept",
    {},
    {
      examples: [RULE.sample.line],
      others: [{ ...shapeOf("Wrong password for bob"), examples: [] }],
    },
    /^the program also writes "Wrong password for <name>", and a client/,
  ],
  [
    "a message of very many values, which has nothing in common with it",
    {},
    { examples: [RULE.sample.line], others: [shapeOf(`sums ${"=1".repeat(300)}`)] },
    undefined,
  ],
  [
    "a message that reads alike, of a rule that says nothing",
    NEUTRAL,
    {
      examples: [RULE.sample.line],
      others: [shapeOf("Wrong password for bob accepted from 192.0.2.9 port 22")],
    },
    undefined,
  ],
  [
    "a client that chooses the name",
    {
      line: "Wrong password for {user} from {ip} port {*}",
    },
    {},
    /^a client could make it accuse 203\.0\.113\.9: Wrong password for/,
  ],
  [
    "a client that chooses a text of another rule",
    {},
    { base: base([{ id: "x", is: "neutral", line: "Wrong password for x {*}" }]) },
    undefined,
  ],
  [
    "a message of the filter in which a client writes the whole of it",
    {
      line: "From {server:ip} login of {user} by {ip}",
      sample: {
        line: "From 192.0.2.7 login of alice by 192.0.2.8",
        ip: "192.0.2.8",
        user: "alice",
      },
    },
    {
      base: base([{ id: "x", is: "failure", regex: "From (?<ip>\\S+) login of (?<user>\\S+)" }], {
        line: "From 192.0.2.7 login of bob",
        expect: { rule: "x", ip: "192.0.2.7", user: "bob" },
      }),
    },
    /^a client could make it accuse 203\.0\.113\.9: From 192\.0\.2\.7 login of From/,
  ],
] as const satisfies readonly (readonly [
  string,
  Partial<ProposedRule>,
  Partial<Parameters<typeof testForgery>[0]>,
  RegExp | undefined,
])[])
  test(`a proposed rule is tested against ${what}`, () => {
    const tried = { base: base(), rule: { ...RULE, ...change }, examples: [], others: [], ...rest };
    const found = testForgery(tried);
    if (why === undefined) assert.equal(found, undefined);
    else assert.match(found ?? "", why);
  });
