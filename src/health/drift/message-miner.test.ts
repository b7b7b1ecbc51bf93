/** Shapes of hostile and honest messages: which messages share a shape, and the bounds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyCharacter } from "../../../test/any-character.ts";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { instant } from "../../domain/instant.ts";
import { MAX_SHAPES, MessageMiner, type MinedShape } from "./message-miner.ts";

const NOW = instant(1_800_000_000_000);

function mine(messages: readonly string[], miner: MessageMiner = new MessageMiner()): MessageMiner {
  for (const message of messages) miner.add(message, NOW, 0);
  return miner;
}

function told(miner: MessageMiner): Readonly<Record<string, number>> {
  return Object.fromEntries(miner.shapes().map(({ text, count }) => [text, count]));
}

function only(miner: MessageMiner): MinedShape {
  const [shape, ...others] = miner.shapes();
  assert.ok(shape !== undefined && others.length === 0, JSON.stringify(told(miner)));
  return shape;
}

test("varying parts are replaced by their type", () => {
  for (const [message, shape] of [
    [
      "Wrong password for bob from 192.0.2.7 port 40122 ssh2",
      "Wrong password for <name> from <address> port <number> <word>",
    ],
    [
      "drop #3 from [2001:db8::1]:22 by [192.0.2.1]:22, done",
      "drop #<number> from [<address>]:<number> by [<address>]:<number>, done",
    ],
    ["login failed: user=bob rhost=192.0.2.7", "login failed: user=<name> rhost=<address>"],
    ["login failed: user= rhost=::ffff:192.0.2.7", "login failed: user=<name> rhost=<address>"],
    [
      'client "a \\" b" of 192.0.2.7:4711 said /etc/x 0xff',
      'client "<text>" of <address>:<number> said <path> <hex>',
    ],
    ["bad name 'a b' in key deadbeef01", "bad name '<text>' in key <hex>"],
    ["Invalid user  from 192.0.2.7", "Invalid user <name> from <address>"],
    ["denied for invalid user 192.0.2.1: no", "denied for invalid user <name>: no"],
  ] as const)
    assert.equal(only(mine([message])).text, shape);
});

test("a name may contain blanks, addresses and the rest of the line, and is one slot", () => {
  const rest = "from 192.0.2.7 port 40122 ssh2";
  const names = ["root", "a b", "", `x ${rest}`, `x ${rest} ${rest}`, "from", '"', "a:b", "failed"];
  const lines = (name: string): string => `Wrong password for ${name} ${rest}`;
  assert.deepEqual(Object.values(told(mine(["bob", ...names.slice(0, 5)].map(lines)))), [6]);
  // The first client cannot create shapes that exclude an honest line.
  const hostile = [...names.slice(1, 5), '"'].map(lines);
  const miner = mine([...hostile, lines("bob"), ...hostile, lines("eve")]);
  const [most] = miner.shapes().toSorted((a, b) => b.count - a.count);
  assert.equal(most?.text, "Wrong password for <name> from <address> port <number> <word>");
  assert.ok(most.count >= 10, JSON.stringify(told(miner)));
});

test("a freely varying word becomes a slot, a word of failure never does", () => {
  const lines = (words: readonly string[]) =>
    words.map((word) => `gate ${word} bad from 192.0.2.7`);
  assert.deepEqual(told(mine(lines(["ann", "bob", "cid", "dan", "eve"]))), {
    "gate <word> bad from <address>": 5,
  });
  const telling = mine(lines(["ann", "bob", "cid", "dan", "accepted", "failed", "accepted"]));
  assert.equal(telling.shapes().length, 3);
  assert.ok(
    telling.shapes().every(({ text }) => !text.includes("<word>") || !/accept|fail/.test(text)),
  );
});

test("a shape has count, start, number of addresses and a few different examples", () => {
  const miner = new MessageMiner();
  for (let i = 0; i < 500; i++) miner.add(`refused peer 198.51.${i % 100}.7`, instant(NOW + i), i);
  miner.add("refused peer 127.0.0.1", instant(NOW + 500), 0);
  const shape = only(miner);
  assert.equal(shape.count, 501);
  assert.deepEqual([shape.first, shape.last], [NOW, NOW + 500]);
  assert.ok(shape.addresses() > 60 && shape.addresses() < 160, String(shape.addresses()));
  assert.equal(new Set(shape.examples).size, 4);
  assert.equal(shape.failuresBefore, 0);
});

test("a constant address is not the client's", () => {
  assert.equal(only(mine(["refused peer 127.0.0.1", "refused peer ::1"])).addresses(), 0);
});

test("a message that matches several shapes joins the most frequent one", () => {
  const people = ["ann", "bob", "cid", "dan"];
  const inside = people.map((name) => `gate ${name} is from 192.0.2.7`);
  const large = people.map((name) => `gate big ${name} from 192.0.2.7`);
  for (const messages of [
    [...inside, ...large, ...large],
    [...large, ...large, ...inside],
  ]) {
    const miner = mine([...messages, "gate big is from 192.0.2.7"]);
    assert.deepEqual(told(miner), {
      "gate <word> is from <address>": 4,
      "gate big <word> from <address>": 9,
    });
  }
});

test("merged shapes keep the earliest start", () => {
  const miner = new MessageMiner();
  for (const [i, name] of ["ann", "bob", "cid", "dan"].entries())
    miner.add(`gate ${name} bad from 192.0.2.7`, instant(NOW - i), i);
  const { first, last, failuresBefore } = only(miner);
  assert.deepEqual([first, last, failuresBefore], [NOW - 2, NOW - 3, 2]);
});

test("shapes are kept over a restart", () => {
  const before = only(mine(Array.from({ length: 20 }, (_, i) => `refused peer 192.0.2.${i}`)));
  const miner = new MessageMiner();
  const { examples, count, first, last, key } = before;
  assert.equal(miner.restore({ examples, count, addresses: 20, first, last })?.key, key);
  const after = only(mine(["refused peer 192.0.2.99"], miner));
  assert.equal(after.count, 21);
  assert.ok(after.addresses() >= 20);
  // Its lines were too long to be kept.
  assert.equal(miner.restore({ examples: [], count, addresses: 20, first, last }), undefined);
});

test("a flood of messages with one beginning does not displace others", () => {
  const words = Array.from({ length: 5000 }, (_, i) =>
    Array.from(
      { length: 3 + (i % 30) },
      (_w, k) => `w${"abcdefgh"[(i * 7 + k * k) % 8]}${"klmnop"[(i + k) % 6]}`,
    ).join(" "),
  );
  const flood = words.map((text, i) => `bad request ${text} of 198.51.100.${i % 200}`);
  const miner = mine(["refused peer 192.0.2.7", ...flood]);
  const most = miner.shapes().find(({ text }) => text === "bad request …");
  assert.ok((most?.addresses() ?? 0) > 100, "how many sent it is known");
  assert.ok(miner.shapes().length < 40, String(miner.shapes().length));
  assert.ok(miner.shapes().some(({ text, count }) => text === "bad request …" && count > 1000));
  assert.ok(miner.shapes().some(({ text }) => text === "refused peer <address>"));
});

test("a frequent shape is not displaced by any number of rare ones", () => {
  const miner = mine(Array.from({ length: 30 }, (_, i) => `refused peer 192.0.2.${i}`));
  mine(
    Array.from({ length: 3000 }, (_, i) => `${letters(i)} ${letters(i * 31)} x`),
    miner,
  );
  assert.equal(miner.shapes().length, MAX_SHAPES);
  assert.ok(miner.evicted > 1000);
  assert.ok(
    miner.shapes().some(({ text, count }) => text === "refused peer <address>" && count === 30),
  );
});

test("of equally frequent shapes, the one not seen for longest is dropped", () => {
  const miner = new MessageMiner();
  for (let i = 0; i < MAX_SHAPES; i++)
    miner.add(`${letters(i)} ${letters(i * 31)} x`, instant(NOW + (i === 7 ? -1 : i)), 0);
  const gone = `${letters(7)} ${letters(7 * 31)} x`;
  assert.ok(miner.shapes().some(({ text }) => text === gone));
  miner.add("something new", NOW, 0);
  assert.equal(miner.evicted, 1);
  assert.ok(!miner.shapes().some(({ text }) => text === gone));
});

function letters(n: number): string {
  return n.toString(26).replace(/\d/g, (digit) => "qrstuvwxyz"[Number(digit)] ?? "");
}

test("for any messages the bounds are kept and every message is counted", () => {
  const word = fc.oneof(
    fc.constantFrom(
      "for",
      "user",
      "from",
      "192.0.2.7",
      "failed",
      "port",
      "22",
      '"',
      "'",
      "=",
      "[",
      "\u0001i",
      "",
    ),
    fc.string({ unit: anyCharacter, maxLength: 30 }),
  );
  const message = fc.array(word, { maxLength: 60 }).map((words) => words.join(" "));
  fc.assert(
    fc.property(fc.array(message, { maxLength: 60 }), (messages) => {
      const miner = mine(messages);
      const shapes = miner.shapes();
      assert.ok(shapes.length <= MAX_SHAPES);
      assert.equal(
        shapes.reduce((sum, { count }) => sum + count, 0),
        messages.length,
      );
      for (const { key, examples, slots, constants, text } of shapes) {
        assert.ok(examples.length <= 4 && examples.every(({ length }) => length <= 400));
        assert.ok(key.length <= 1100 && text.length <= 8 * key.length + 8);
        assert.ok(constants.length <= slots.length);
      }
    }),
    fuzzRuns(20),
  );
});

test("no message costs many times as much as a usual one, even one made of quotes", () => {
  const miner = new MessageMiner();
  const lines = ['"', '"\\', "'", "='", " '", '" "', "for ", "=", "[", "a.b:"].map((piece) =>
    piece.repeat(1000).slice(0, 1000),
  );
  const usual = "connection of user 17 from 192.0.2.7 was closed by pam ".repeat(20).slice(0, 1000);
  const fastest = { hostile: Infinity, usual: Infinity };
  const sides = { hostile: lines, usual: lines.map(() => usual) };
  // Takes the fastest of many repetitions, in turns, so that other work on the machine does not count.
  for (let go = 0; go < 50; go++) {
    for (const side of ["hostile", "usual"] as const) {
      const before = performance.now();
      mine(sides[side], miner);
      fastest[side] = Math.min(fastest[side], performance.now() - before);
    }
  }
  const { hostile, usual: reference } = fastest;
  assert.ok(hostile < 60 * reference, `${hostile} to ${reference} ms`);
});
