import assert from "node:assert/strict";
import { test } from "node:test";
import { parseHeaders, parseMember } from "./set-text.ts";

test("headers of sets are read, also from versions that do not count elements", () => {
  const listed = `Name: bailiff4-all
Type: hash:net
Revision: 7
Header: family inet hashsize 1024 maxelem 1048576 timeout 0 counters bucketsize 12 initval 0xb3de8dc3
Size in memory: 680
References: 1
Number of entries: 2

Name: old
Type: hash:ip
Header: family inet hashsize 1024 maxelem 65536
References: 0
`;
  assert.partialDeepStrictEqual(parseHeaders(listed), [
    { name: "bailiff4-all", type: "hash:net", entries: 2 },
    { name: "old", header: "family inet hashsize 1024 maxelem 65536", entries: undefined },
  ]);
  assert.deepEqual(parseHeaders(""), []);
});

test("members are read with their remaining time and packets", () => {
  const read = (rest: string): unknown => parseMember(`add s ${rest}`, "s");
  const member = { subject: "192.0.2.1", packets: 0, left: undefined, isExcluded: false };
  assert.deepEqual(read("192.0.2.1"), member);
  assert.deepEqual(read("192.0.2.1 timeout 0 packets 3 bytes 180"), { ...member, packets: 3 });
  assert.deepEqual(read("192.0.2.1 timeout 97"), { ...member, left: 97_000 });
  assert.deepEqual(read("192.0.2.1 timeout 97 nomatch packets 0 bytes 0"), {
    ...{ ...member, left: 97_000, isExcluded: true },
  });
  assert.deepEqual(read('2001:db8::/64 timeout 0 comment "a b"'), {
    ...{ ...member, subject: "2001:db8::/64" },
  });
  assert.equal(parseMember("create s hash:net family inet", "s"), "header");
});

test("nothing else is a member", () => {
  for (const line of [
    "",
    "add t 192.0.2.1",
    "add s 192.0.2.1,tcp:22",
    "add s x",
    "add s 192.0.2.1 mark 1",
  ])
    assert.equal(parseMember(line, "s"), undefined, line);
});
