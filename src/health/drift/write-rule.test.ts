import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "smol-toml";
import type { ProposedRule } from "./propose-rule.ts";
import { overlayHead, ruleText } from "./write-rule.ts";

const RULE: ProposedRule = {
  id: "wrong-password",
  is: "failure",
  counts: "each",
  line: "Wrong password for {user} from {ip}",
  sample: { line: "Wrong password for bob from 192.0.2.7", ip: "192.0.2.7", user: "bob" },
};

for (const [what, change, rule, expect] of [
  ["a failure", {}, {}, { ip: "192.0.2.7", user: "bob" }],
  ["an announcement", { counts: "early" }, { counts: "early" }, { ip: "192.0.2.7", user: "bob" }],
  [
    "a line of nobody",
    { is: "neutral", sample: { line: "x", ip: undefined, user: undefined } },
    { is: "neutral" },
    {},
  ],
  ["an empty name", { sample: { ...RULE.sample, user: "" } }, {}, { ip: "192.0.2.7" }],
  [
    "whatever a client wrote",
    { line: 'a "b" \\ \u001b[2J', sample: { ...RULE.sample, user: 'x"\n[[rule]]' } },
    {},
    { ip: "192.0.2.7", user: 'x"\n[[rule]]' },
  ],
] as const satisfies readonly (readonly [string, Partial<ProposedRule>, object, object])[])
  test(`a rule in an operator's file parses as proposed: ${what}`, () => {
    const proposed: ProposedRule = { ...RULE, ...change };
    const { id, is, line, sample } = proposed;
    const text = overlayHead("sshd") + ruleText(proposed, "seen\nid = 7\u0007");
    assert.deepEqual(JSON.parse(JSON.stringify(parse(text))), {
      extends: "sshd",
      rule: [{ id, is, line, ...rule }],
      sample: [{ line: sample.line, expect: { rule: id, ...expect } }],
    });
  });
