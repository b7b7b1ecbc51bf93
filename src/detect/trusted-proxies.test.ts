import assert from "node:assert/strict";
import { test } from "node:test";
import { literalSubject } from "../domain/cidr.ts";
import { type Ip, parseIp } from "../domain/ip.ts";
import { createTrustedProxies, findClient, lastHop } from "./trusted-proxies.ts";

const PROXY = known("10.0.0.2");
const TRUSTED = createTrustedProxies(
  ["10.0.0.0/24", "2001:db8:1::/48", "198.51.100.20"].map(literalSubject),
);

function known(text: string): Ip {
  const ip = parseIp(text);
  assert.ok(ip !== undefined, text);
  return ip;
}

/** "192.0.2.7 at 1", or why the client is unknown. */
function client(list: string | undefined, peer: Ip = PROXY, trusted = TRUSTED): string {
  const found = findClient(peer, trusted, () => list);
  if (found.kind === "client") return `${found.ip} at ${found.hop}`;
  return found.kind === "unknown" ? found.why : found.kind;
}

test("an untrusted peer is the client, and its header is not even read", () => {
  for (const peer of ["192.0.2.7", "10.0.1.2", "2001:db8:2::1"]) {
    const found = findClient(known(peer), TRUSTED, () => assert.fail("the header was read"));
    assert.deepEqual(found, { kind: "direct" });
  }
});

test("the client is the first hop from the right that is no trusted proxy", () => {
  const lists: readonly (readonly [string, string])[] = [
    ["192.0.2.7", "192.0.2.7 at 1"],
    ["203.0.113.9, 192.0.2.7", "192.0.2.7 at 1"],
    ["203.0.113.9, 192.0.2.7, 10.0.0.9", "192.0.2.7 at 2"],
    ["203.0.113.9,192.0.2.7,198.51.100.20,10.0.0.9", "192.0.2.7 at 3"],
    [" 192.0.2.7 ", "192.0.2.7 at 1"],
    ["203.0.113.9, 192.168.1.5", "192.168.1.5 at 1"],
    ["2001:DB8::7, 2001:db8:1::5", "2001:db8::7 at 2"],
    ["::ffff:192.0.2.7", "192.0.2.7 at 1"],
    ["192.0.2.7:4711", "192.0.2.7 at 1"],
    ["[2001:db8::7]:4711, 10.0.0.9:80", "2001:db8::7 at 2"],
  ];
  for (const [list, expected] of lists) assert.equal(client(list), expected, list);
});

test("Forwarded of RFC 7239 is read, with quotes, ports and other parameters", () => {
  const lists: readonly (readonly [string, string])[] = [
    ["for=192.0.2.7", "192.0.2.7 at 1"],
    ["for=203.0.113.9, For=192.0.2.7;proto=https;by=10.0.0.2", "192.0.2.7 at 1"],
    ['for=203.0.113.9, for="[2001:db8::7]:4711";host="a,b"', "2001:db8::7 at 1"],
    ['for=192.0.2.7, for="10.0.0.9:80"', "192.0.2.7 at 2"],
    ['for="192.0.2.7:_port"', "192.0.2.7 at 1"],
    ["proto=https;for=192.0.2.7", "192.0.2.7 at 1"],
    [String.raw`for=192.0.2.7;host="x\", for=203.0.113.9;a=\""`, "192.0.2.7 at 1"],
    [String.raw`for=192.0.2.7;host="x\\", for=192.0.2.8`, "192.0.2.8 at 1"],
    ['for=192.0.2.7;host="x;for=203.0.113.9;y"', "192.0.2.7 at 1"],
    ['for=192.0.2.7;host="=;for=203.0.113.9', "unreadable"],
  ];
  for (const [list, expected] of lists) assert.equal(client(list), expected, list);
});

test("a hop that is no address stops the walk, and nobody is accused", () => {
  for (const list of [
    ...["203.0.113.9, unknown", "203.0.113.9, _hidden", "203.0.113.9, for=unknown"],
    ...[
      "203.0.113.9,",
      "203.0.113.9, 10.0.0.9,,",
      "203.0.113.9 192.0.2.7",
      "192.0.2.7.example.com",
    ],
    ...["for=_a1", "proto=https", "for=192.0.2.7;for=203.0.113.9", 'for="192.0.2.7', "192.0.2.256"],
    ...[
      "203.0.113.9, unknown, 10.0.0.9",
      "203.0.113.9,".repeat(2) + "x".repeat(2000),
      "192.0.2.7:",
    ],
    "203.0.113.9" + ", 10.0.0.9".repeat(40),
  ])
    assert.equal(client(list), "unreadable", list);
  for (const list of [undefined, "", "-", "  "]) assert.equal(client(list), "missing");
  assert.equal(client("10.0.0.9, 10.0.0.8"), "proxies-only");
});

test("of a content delivery network only one address is a proxy", () => {
  const networks = createTrustedProxies(
    [literalSubject("10.0.0.0/24")],
    ["172.64.0.0/13", "2a06:98c0::/29"].map(literalSubject),
  );
  const cdn = "172.68.1.1";
  for (const [peer, list, expected] of [
    [cdn, "203.0.113.9, 192.0.2.7", "192.0.2.7 at 1"],
    // A customer's program, which chooses the text left of its address.
    [cdn, "203.0.113.9, 2a06:98c0:3600::103", "cdn-customer"],
    [cdn, "203.0.113.9, 172.68.1.2", "cdn-customer"],
    // A proxy of the administrator in front of the network, or behind it.
    [cdn, "192.0.2.7, 10.0.0.9", "192.0.2.7 at 2"],
    ["10.0.0.2", `203.0.113.9, 192.0.2.7, ${cdn}`, "192.0.2.7 at 2"],
    ["10.0.0.2", `203.0.113.9, 2a06:98c0:3600::103, ${cdn}, 10.0.0.9`, "cdn-customer"],
    ["10.0.0.2", "192.0.2.7, 10.0.0.9, 10.0.0.8", "192.0.2.7 at 3"],
    ["192.0.2.7", cdn, "direct"],
  ] as const)
    assert.equal(client(list, known(peer), networks), expected, `${peer}: ${list}`);
});

test("what a client sends in front cannot hide or replace what the proxy appended", () => {
  const victim = "203.0.113.9";
  for (const sent of [
    ...[victim, `${victim}, ${victim}`, `for=${victim}`, `for="${victim}`, `x="${victim}, for=`],
    ...['"', '"",', `a="b", for=${victim};x="`, ",".repeat(5000), `for="\\"`, "\\", "=;=;="],
  ]) {
    assert.equal(client(`${sent}, 192.0.2.7`), "192.0.2.7 at 1", sent);
    assert.equal(client(`${sent}, for=192.0.2.7;proto=http`), "192.0.2.7 at 1", sent);
    assert.equal(client(`${sent}, for="[2001:db8::7]"`), "2001:db8::7 at 1", sent);
  }
});

test("the last hop alone shows whether a peer claims to forward", () => {
  assert.equal(lastHop("203.0.113.9, 192.0.2.7"), "192.0.2.7");
  assert.equal(lastHop("unknown"), undefined);
  assert.equal(lastHop("-"), undefined);
});
