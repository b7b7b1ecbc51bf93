/** Proposed rules, refused ones with the reason, and attempts of clients to forge them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import v8 from "node:v8";
import fc from "fast-check";
import { anyCharacter } from "../../../test/any-character.ts";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { parse } from "smol-toml";
import type { FilterDefinition } from "../../domain/filter-definition.ts";
import { instant } from "../../domain/instant.ts";
import { applyOverlay } from "../../parse/filter/apply-overlay.ts";
import { compileFilter, createFilterCompiler } from "../../parse/filter/compile-filter.ts";
import { createLineRouter } from "../../parse/route/line-router.ts";
import { MessageMiner, type MinedShape } from "./message-miner.ts";
import { neutralRule, proposeRule, type ProposedRule } from "./propose-rule.ts";
import { readFilter, readOverlay } from "../../parse/filter/read-filter.ts";
import { testForgery } from "./test-forgery.ts";
import { overlayHead, ruleText } from "./write-rule.ts";

v8.setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");
v8.setFlagsFromString("--enable-experimental-regexp-engine");

const NOW = instant(1_800_000_000_000);
const FILTERS = join(import.meta.dirname, "../../../filters/remote");

function sshd(): FilterDefinition {
  const read = readFilter(parse(readFileSync(join(FILTERS, "sshd.toml"), "utf8")), "sshd.toml");
  assert.ok(read.ok);
  return read.value;
}

const SSHD = sshd();
const compile = createFilterCompiler();
const OPTIONS = { taken: new Set(SSHD.rules.map(({ id }) => id)), failures: 0 };

/** Twelve lines of a message; % is the address, # a port, @ a name. */
function lines(
  message: string,
  names: readonly string[] = ["root", "bob", "ann", "x y"],
): string[] {
  return Array.from({ length: 12 }, (_, i) =>
    message
      .replaceAll("%", `198.51.100.${i + 1}`)
      .replaceAll("#", String(40_000 + i))
      .replaceAll("@", names[i % names.length] ?? ""),
  );
}

function shapesOf(...messages: readonly (readonly string[])[]): readonly MinedShape[] {
  const miner = new MessageMiner();
  for (const message of messages.flat()) miner.add(message, NOW, 0);
  return miner.shapes();
}

/** The rule for the first shape that passes, or the reason why none does. */
function propose(shapes: readonly MinedShape[]): ProposedRule | string {
  const [shape] = shapes;
  assert.ok(shape !== undefined);
  const written = proposeRule(shape, OPTIONS);
  if (!written.ok) return written.error;
  let reason = "";
  for (const rule of written.value) {
    const others = shapes.slice(1);
    const why = testForgery({ base: SSHD, compile, rule, examples: shape.examples, others });
    if (why === undefined) return rule;
    reason = why;
  }
  return reason;
}

function refusal(proposed: ProposedRule | string): string {
  return typeof proposed === "string" ? proposed : `proposed: ${proposed.line}`;
}

test("rules are proposed for messages with the address of a failure", () => {
  for (const [message, rule] of [
    [
      "Wrong password for @ from % port # ssh2",
      "Wrong password for {user} from {ip} port {port} ssh2",
    ],
    [
      "Wrong  password for invalid user @ from % port # ssh2",
      "Wrong  password for invalid user {user} from {ip} port {port} ssh2",
    ],
    ["Denied: rhost=% user=@", "Denied: rhost={ip} user={user}"],
    ["Rejected @: client % in {x}", "Rejected {word1} client {ip} in {{x}}"],
    ["Bad login of user @ % port #", "Bad login of user {user} {ip} port {port}"],
    [
      "Refused from [%]:# to [192.0.2.1]:22",
      "Refused from [{ip}]:{number2:int} to [{address3:ip}]:{number4:int}",
    ],
  ] as const) {
    const names = message.startsWith("Rejected") ? ["ann", "bob", "cid", "dan"] : undefined;
    const proposed = propose(shapesOf(lines(message, names)));
    assert.ok(typeof proposed !== "string", `${message}: ${JSON.stringify(proposed)}`);
    assert.equal(proposed.line, rule);
    assert.equal(proposed.is, "failure");
    assert.match(proposed.sample.ip ?? "", /^192\.0\.2\./);
    assert.doesNotMatch(proposed.sample.line, /198\.51\.100/);
  }
});

test("a message that begins with a constant in brackets gets a rule", () => {
  const message = "[app][ERROR] Login failed for @ from % port #";
  const proposed = propose(shapesOf(lines(message, ["u1", "u2", "u3", "u4"])));
  assert.ok(typeof proposed !== "string", JSON.stringify(proposed));
  assert.match(proposed.line, /^\[app\]\[ERROR\] Login failed for /);
});

test("no rule is proposed for messages with little variation or few constant words", () => {
  for (const [message, why] of [
    ["Password checked for @ from % port #", /no failure word in it/],
    ["Failed then accepted password for @ from %", /access was granted/],
    ["Wrong password for @", /^no address in it could be the client's$/],
    ["Wrong password of (%)", /nothing says that the address is the client's/],
    ["refused from % by %", /two addresses/],
    ["refused from % (forwarded: %)", /two addresses/],
    ['refused user "@"": x"y" from %', /quotes|quoted texts in it touch/],
    ["% failed from %", /two addresses|begins with what changes/],
    ["@: failed from %", /begins with what changes|cannot|takes|recognize/],
  ] as const) {
    const proposed = propose(shapesOf(lines(message, ["u1", "u2", "u3", "u4"])));
    assert.ok(typeof proposed === "string", `${message}: ${JSON.stringify(proposed)}`);
    assert.match(proposed, why, message);
  }
});

test("only an address that no client could have written is taken as the client's", () => {
  // The same message without an address: text after the name may be part of the name.
  const names = ["ann", "bob", "cid", "dan"];
  const truncated = propose(
    shapesOf(lines("Rejected @ from % port # ssh2", names), lines("Rejected @", names)),
  );
  assert.match(refusal(truncated), /the program also writes "Rejected ann", and a client/);
  const named = propose(
    shapesOf(lines("Rejected login @ from % port # ssh2"), lines("Rejected login @", names)),
  );
  assert.match(refusal(named), /^no address in it could be the client's$/);
  // Free text before and after the address: two addresses are possible.
  const around = propose(shapesOf(lines("Refused user @ from % port # saying '@'")));
  assert.match(refusal(around), /accuse 203\.0\.113\.9|does not recognize the line it was made of/);
  const narrower = propose(shapesOf(lines("Refused user @ from % port # saying 'x'", ["bob"])));
  assert.ok(typeof narrower !== "string", refusal(narrower));
  assert.match(narrower.line, /\{user:(?:name|word)\}/);
  // A user name at the address's position is a name, even if it always looks like an address.
  assert.match(
    refusal(propose(shapesOf(lines("Unknown user %")))),
    /^no address in it could be the client's$/,
  );
});

test("a rule that also matches another message is refused, unless both give the same address", () => {
  const general = shapesOf(
    lines("Wrong password for @ from % port # ssh2"),
    lines("Wrong password for invalid user @ from % port # ssh2"),
  );
  assert.ok(typeof propose(general) !== "string");
  assert.ok(typeof propose(general.toReversed()) !== "string");
});

test("a rule that changes the result of a known line is refused", () => {
  const sample = { line: "Failed x for root from 192.0.2.7", ip: "192.0.2.7", user: undefined };
  const rule = { id: "x", is: "failure", counts: "each", line: "{*} from {ip}", sample } as const;
  const why = testForgery({ base: SSHD, compile, rule, examples: [], others: [] });
  assert.match(why ?? "", /does not recognize its own sample|accuse|changes what this line means/);
  const taken = { ...rule, id: "failed-attempt", line: "Whatever from {ip}" };
  assert.match(
    testForgery({ base: SSHD, compile, rule: taken, examples: [], others: [] }) ?? "",
    /which sshd\.toml has already/,
  );
});

test("no user name makes an accepted rule give another address", () => {
  const rule = propose(shapesOf(lines("Wrong password for @ from % port # ssh2")));
  assert.ok(typeof rule !== "string");
  const name = fc.oneof(
    fc.string({ unit: anyCharacter, maxLength: 80 }),
    fc
      .array(
        fc.constantFrom(
          "from",
          "203.0.113.9",
          "port",
          "22",
          "ssh2",
          "for",
          "Wrong password",
          "\\n",
          '"',
        ),
        { maxLength: 20 },
      )
      .map((words) => words.join(" ")),
  );
  const read = readOverlay(parse(`${overlayHead("sshd")}\n${ruleText(rule, "test")}`), "x");
  assert.ok(read.ok, JSON.stringify(read));
  const both = applyOverlay(SSHD, read.value);
  assert.ok(both.ok);
  const accused = accusedBy(both.value);
  fc.assert(
    fc.property(name, (text) => {
      const written = text.replaceAll("\n", " ");
      const ip = accused(`Wrong password for ${written} from 192.0.2.77 port 4242 ssh2`);
      assert.ok(ip === undefined || ip === "192.0.2.77", `${ip} for ${written}`);
    }),
    fuzzRuns(20),
  );
  assert.equal(accused("Wrong password for bob from 192.0.2.77 port 4242 ssh2"), "192.0.2.77");
});

function accusedBy(definition: FilterDefinition): (line: string) => string | undefined {
  const filter = compileFilter(definition, "normal");
  assert.ok(filter.ok);
  const router = createLineRouter([{ filter: filter.value, accepts: undefined }], () => 0);
  return (line) => {
    let ip: string | undefined;
    const batch = { fields: undefined, arrival: "backlog", cursor: undefined } as const;
    router.route({ ...batch, text: `${line}\n` }, NOW, {
      matched: (_entry, match) => {
        ip = match.ip;
      },
      unrecognized: () => undefined,
    });
    return ip;
  };
}

test("a line that only announces failures counted by other rules gets an announcing rule", () => {
  const [shape] = shapesOf(lines("Wrong password for @ from % port # ssh2"));
  assert.ok(shape !== undefined);
  const countsWith = (failures: number): string | undefined => {
    const proposed = proposeRule(shape, { ...OPTIONS, failures });
    return proposed.ok ? proposed.value[0]?.counts : undefined;
  };
  assert.equal(countsWith(0), "each");
  assert.equal(countsWith(12), "early");
});

/** The rule for a shape, without the test for forgery. */
function writtenFor(message: string, names?: readonly string[]): ProposedRule {
  const [shape] = shapesOf(lines(message, names));
  assert.ok(shape !== undefined);
  const written = neutralRule(shape, OPTIONS);
  assert.ok(written.ok, JSON.stringify(written));
  const [rule] = written.value;
  assert.ok(rule !== undefined);
  return rule;
}

const LONG_WORD = "w".repeat(50);

for (const [message, line, sample, names] of [
  // User names that are always empty.
  [
    "authentication failure; logname= uid=0 ruser= rhost=% user=@",
    "authentication failure; logname= uid={number2:int} ruser= rhost={ip} user={user}",
    "authentication failure; logname= uid=0 ruser= rhost=192.0.2.10 user=alice",
    undefined,
  ],
  // Of several names the last is the user's, of several ports the first is the client's.
  [
    "Refused user @ as user @ from % port # to port #",
    "Refused user {name1:text} as user {user} from {ip} port {port} to port {port5:int}",
    "Refused user alice as user alice from 192.0.2.9 port 40000 to port 40000",
    undefined,
  ],
  // A name in the file system is not the client's.
  [
    "Wrong password for @ from %",
    "Wrong password for {user} from {ip}",
    "Wrong password for alice from 192.0.2.8",
    ["Bob Smith", "Eve\\", "Ann Lee", "Cid"],
  ],
  // A word that is too long to be a part of the message, even if it never changes.
  [`Denied ${LONG_WORD} by %`, "Denied {word1} by {ip}", "Denied word by 192.0.2.8", undefined],
] as const)
  test(`as a rule: ${message.slice(0, 60)}`, () => {
    const rule = writtenFor(message, names);
    assert.deepEqual([rule.line, rule.sample.line], [line, sample]);
  });

test("a rule is named after its first words, with a number if the name exists", () => {
  const [shape] = shapesOf(lines("Wrong password for @ from %"));
  assert.ok(shape !== undefined);
  const idWith = (...taken: readonly string[]): string | undefined => {
    const written = neutralRule(shape, { taken: new Set(taken), failures: 0 });
    return written.ok ? written.value[0]?.id : undefined;
  };
  assert.equal(idWith(), "wrong-password-for");
  assert.equal(idWith("wrong-password-for"), "wrong-password-for-2");
  assert.equal(idWith("wrong-password-for", "wrong-password-for-2"), "wrong-password-for-3");
  assert.equal(writtenFor("% #: #").id, "line");
});

test("no rule is proposed for lines that differ too much or have no stored example", () => {
  const letters = "abcdefghijklmnopqrstuvwxyz";
  const many = Array.from({ length: 26 * 26 }, (_, i) => {
    const [a, b] = [letters.charAt(i % 26), letters.charAt(i / 26)];
    return Array.from({ length: 2 + (i % 20) }, (_w, k) => (k % 2 === 0 ? a : b) + a + b).join(" ");
  });
  const varied = shapesOf(many.map((text) => `Bad request ${text} from 192.0.2.7`));
  const [rest] = varied.filter(({ slots }) => slots.includes("rest"));
  const [long] = shapesOf(lines(`Wrong password for @ from % ${"w".repeat(420)}`));
  for (const [shape, why] of [
    [rest, "its lines differ too much for one rule"],
    [long, "no line of it was short enough to be kept whole"],
  ] as const) {
    assert.ok(shape !== undefined);
    for (const written of [proposeRule(shape, OPTIONS), neutralRule(shape, OPTIONS)])
      assert.equal(!written.ok && written.error, why);
  }
});

test("every shape can be dismissed, and its rule is valid in a file", () => {
  for (const message of [
    "whatever @ says % {x} \"a b\" 'c' \\ é",
    "Wrong password for @",
    "% @ #",
  ]) {
    const [shape] = shapesOf(lines(message));
    assert.ok(shape !== undefined);
    const neutral = neutralRule(shape, OPTIONS);
    assert.ok(neutral.ok);
    const [rule] = neutral.value;
    assert.ok(rule !== undefined);
    const why = testForgery({ base: SSHD, compile, rule, examples: shape.examples, others: [] });
    assert.equal(why, undefined, message);
    const read = readOverlay(parse(`${overlayHead("sshd")}\n${ruleText(rule, "a\nb")}`), "x");
    assert.ok(read.ok, JSON.stringify(read));
    assert.deepEqual(read.value.rules[0]?.recognize, { kind: "line", patterns: [rule.line] });
    assert.equal(read.value.samples[0]?.line, rule.sample.line);
  }
});
