import assert from "node:assert/strict";
import { test } from "node:test";
import { readUsage } from "./set-usage.ts";
import type { Chain } from "./table-listing.ts";

const MATCH = {
  match: { op: "==", left: { payload: { protocol: "ip", field: "saddr" } }, right: "@blocked" },
};
const PORT = {
  match: { op: "==", left: { payload: { protocol: "tcp", field: "dport" } }, right: 22 },
};
const DROP = { drop: null };
const jump = (target: string): object => ({ jump: { target } });

function chain(name: string, rules: (readonly unknown[])[], hook?: string): Chain {
  return { name, hook, type: hook === undefined ? undefined : "filter", priority: 0, rules };
}

function stopsOf(...chains: readonly Chain[]): readonly string[] {
  const { isNamed, stops } = readUsage({ sets: [], chains }, "blocked");
  assert.equal(isNamed, true);
  return stops.map(
    (stop) => `${stop.verdict} ${stop.chain} ${stop.hook}${stop.isConditional ? " if" : ""}`,
  );
}

test("a rule with a verdict counts in chains that packets of others pass", () => {
  assert.deepEqual(stopsOf(chain("a", [[MATCH, { counter: {} }, DROP]], "input")), [
    "drop a input",
  ]);
  assert.deepEqual(stopsOf(chain("a", [[MATCH, { reject: {} }]], "forward")), ["reject a forward"]);
  assert.deepEqual(stopsOf(chain("a", [[PORT, MATCH, DROP]], "prerouting")), [
    "drop a prerouting if",
  ]);
  assert.deepEqual(stopsOf(chain("a", [[MATCH, DROP]], "output")), []);
  assert.deepEqual(stopsOf(chain("a", [[MATCH, { accept: null }]], "input")), []);
  assert.deepEqual(stopsOf(chain("a", [[MATCH]], "input")), []);
});

test("only a match of the source address counts", () => {
  const { match } = MATCH;
  const others = [
    { ...match, op: "!=" },
    { ...match, left: { payload: { protocol: "ip", field: "daddr" } } },
    { ...match, left: { concat: [match.left, PORT.match.left] } },
  ];
  for (const other of others)
    assert.deepEqual(stopsOf(chain("a", [[{ match: other }, DROP]], "input")), []);
  const named = readUsage({ sets: [], chains: [chain("a", [[MATCH, DROP]], "input")] }, "block");
  assert.equal(named.isNamed, false, "a longer name is another set");
});

test("jumps are followed in both directions, also in circles", () => {
  const input = chain("input", [[jump("bans")]], "input");
  const bans = chain("bans", [[MATCH, jump("refuse")]]);
  assert.deepEqual(stopsOf(input, bans, chain("refuse", [[{ log: null }], [DROP]])), [
    "drop input input",
  ]);
  assert.deepEqual(stopsOf(input, bans, chain("refuse", [[PORT, { accept: null }], [DROP]])), []);
  assert.deepEqual(stopsOf(input, bans, chain("refuse", [[jump("refuse")]])), []);
  assert.deepEqual(stopsOf(bans, chain("refuse", [[DROP]])), [], "no packet reaches the rule");
  const map = {
    vmap: { key: { meta: { key: "iifname" } }, data: { set: [["eth0", jump("bans")]] } },
  };
  const mapped = chain("input", [[map]], "input");
  assert.deepEqual(stopsOf(mapped, bans, chain("refuse", [[DROP], [jump("bans")]])), [
    "drop input input if",
  ]);
});
