/** Judges rules as nft itself prints them, loaded in a network namespace of the test. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { judgeInputFilter } from "./input-filter.ts";

const namespace = `bailiff-filter-${process.pid}`;

before(() => void execFileSync("ip", ["netns", "add", namespace]));
after(() => void execFileSync("ip", ["netns", "delete", namespace]));

function inside(args: readonly string[], input = ""): string {
  return execFileSync("ip", ["netns", "exec", namespace, "nft", ...args], {
    input,
    encoding: "utf8",
  });
}

function verdictOf(rules: string, family: "ipv4" | "ipv6" = "ipv4", port = 22): string {
  inside(["-f", "-"], `flush ruleset\n${rules}\n`);
  return judgeInputFilter(JSON.parse(inside(["-j", "list", "ruleset"])), { port, family }).verdict;
}

function input(policy: string, rules: string, more = ""): string {
  return `table inet filter { chain input { type filter hook input priority 0; policy ${policy};
${rules}
}
${more}
}`;
}

const USUAL = "ct state established,related accept\nct state invalid drop\niif lo accept\n";

test("no filter, and one that accepts only the port", () => {
  assert.equal(verdictOf(""), "open");
  assert.equal(verdictOf(input("accept", USUAL)), "open");
  assert.equal(verdictOf(input("drop", `${USUAL}tcp dport { 22, 80-90 } accept`)), "accepted");
  assert.equal(verdictOf(input("drop", `${USUAL}tcp dport 20-30 accept`)), "accepted");
});

test("a port that no rule accepts is closed", () => {
  assert.equal(verdictOf(input("drop", USUAL)), "closed");
  assert.equal(verdictOf(input("drop", `${USUAL}tcp dport 443 accept`)), "closed");
  assert.equal(verdictOf(input("accept", `${USUAL}tcp dport 22 reject`)), "closed");
  assert.equal(verdictOf(input("drop", `${USUAL}meta l4proto udp accept`)), "closed");
});

test("rules that accept only some sources, rates or interfaces", () => {
  assert.equal(verdictOf(input("drop", "ip saddr 10.0.0.0/8 tcp dport 22 accept")), "limited");
  assert.equal(verdictOf(input("accept", "ip saddr != 10.0.0.0/8 tcp dport 22 drop")), "limited");
  assert.equal(verdictOf(input("drop", "tcp dport 22 limit rate 5/second accept")), "limited");
  assert.equal(verdictOf(input("drop", 'iifname "wg0" accept')), "limited");
});

test("a block-list leaves the port open to everybody else", () => {
  assert.equal(verdictOf(input("accept", "ip saddr 192.0.2.0/24 drop")), "open");
});

test("jumps, returns and verdict maps are followed", () => {
  const more = "chain ssh { meta nfproto ipv6 return\n tcp dport 22 accept\n }";
  assert.equal(verdictOf(input("drop", "meta l4proto tcp jump ssh", more)), "accepted");
  assert.equal(verdictOf(input("drop", "meta l4proto tcp jump ssh", more), "ipv6"), "closed");
  assert.equal(verdictOf(input("drop", "tcp dport vmap { 22 : accept, 80 : drop }")), "accepted");
  assert.equal(
    verdictOf(input("drop", "ct state vmap { established : accept, invalid : drop }")),
    "closed",
  );
  assert.equal(verdictOf(input("drop", "ip saddr 10.0.0.0/8 jump ssh", more)), "limited");
});

test("every chain must accept the packet, whatever its table; other families and our own chains do not count", () => {
  const two = `${input("drop", "tcp dport 22 accept")}
table ip other { chain input { type filter hook input priority 10; policy drop; }
}`;
  assert.equal(verdictOf(two), "closed");
  assert.equal(verdictOf(two, "ipv6"), "accepted");
  assert.equal(
    verdictOf(
      "table inet bailiff { chain pre { type filter hook prerouting priority -10; ip saddr != 192.0.2.1 drop\n }\n}",
    ),
    "open",
  );
});
