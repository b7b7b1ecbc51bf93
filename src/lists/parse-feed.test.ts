import assert from "node:assert/strict";
import { test } from "node:test";
import { type FeedFormat, parseFeed } from "./parse-feed.ts";

async function parse(
  text: string,
  format: FeedFormat = "plain",
): Promise<{ readonly subjects: readonly string[]; readonly unused: readonly string[] }> {
  const parsed = await parseFeed(text, { format, maxEntries: 100 });
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.error);
  const { subjects, invalid, refused } = parsed.value;
  assert.equal(invalid.count + refused.count, invalid.first.length + refused.first.length);
  return { subjects, unused: [...invalid.first, ...refused.first] };
}

async function refusal(text: string, format: FeedFormat = "plain"): Promise<string> {
  const parsed = await parseFeed(text, { format, maxEntries: 3 });
  assert.ok(!parsed.ok, "it is accepted");
  return parsed.error;
}

test("a plain list has one address or network on each line, with comments and any line ends", async () => {
  const text =
    "\uFEFF# published hourly\r\n192.0.2.1\r\n\n198.51.100.0/24 ; SBL1\n2001:db8::/32 # IPv6\n;\n203.0.113.9";
  assert.deepEqual(await parse(text), {
    subjects: ["192.0.2.1", "198.51.100.0/24", "2001:db8::/32", "203.0.113.9"],
    unused: [],
  });
});

test("lines that are neither are counted, and the first are named", async () => {
  const text =
    "192.0.2.1\n192.0.2.2 192.0.2.3\n192.0.2.4\n192.0.2.0256\n192.0.2.5/33\n203.0.113.1\n";
  const { unused, subjects } = await parse(`${text}203.0.113.2`);
  assert.equal(subjects.length, 4);
  assert.deepEqual(unused, [
    'line 2: "192.0.2.2 192.0.2.3"',
    'line 4: "192.0.2.0256"',
    'line 5: "192.0.2.5/33"',
  ]);
});

test("JSON lines have the network as cidr or ip", async () => {
  const lines = [
    '{"cidr":"198.51.100.0/24","sblid":"SBL1","rir":"arin"}',
    '{"ip":"192.0.2.1"}',
    '{"type":"metadata","timestamp":1,"size":2}',
    '{"asn":64496}',
  ];
  assert.deepEqual(await parse(lines.join("\n"), "json-lines"), {
    subjects: ["198.51.100.0/24", "192.0.2.1"],
    unused: [`line 4: ${JSON.stringify(lines[3])}`],
  });
});

test("private, reserved and very wide networks are refused, one by one", async () => {
  const bad = ["127.0.0.1", "10.0.0.0/8", "169.254.1.0/24", "224.0.0.0/3", "::1", "fe80::/64"];
  for (const entry of [...bad, "0.0.0.0/0", "::/0", "2000::/3", "64:ff9b::/96", "192.168.0.0/16"]) {
    const { subjects, unused } = await parse(`${entry}\n192.0.2.1\n`);
    assert.deepEqual(subjects, ["192.0.2.1"], entry);
    assert.match(unused.join(), /line 1: .*, (?:a private or reserved network|.* of all|every )/);
  }
});

test("what is no list is refused as a whole", async () => {
  assert.equal(await refusal("\n<!DOCTYPE html><p>192.0.2.1"), "it is a web page and no list");
  assert.equal(await refusal(""), "it has no usable address or network");
  assert.equal(await refusal("# nothing today\n"), "it has no usable address or network");
  assert.match(
    await refusal("10.0.0.1\n"),
    /no usable address or network \(line 1: "10.0.0.1", a pr/,
  );
  assert.match(
    await refusal("a\nb\n192.0.2.1\n"),
    /^most of its lines are no .*\(line 1: "a"; line 2/,
  );
  assert.match(await refusal("192.0.2.1\n", "json-lines"), /^most of its lines/);
  assert.match(
    await refusal("192.0.2.1\n".repeat(4)),
    /^it has more than 3 entries \(max_entries\)$/,
  );
  assert.match(await refusal("9".repeat(10_000)), /^most of its lines .*\(line 1: "9{60}"\)$/);
});
