import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSubject } from "../../domain/cidr.ts";
import { ALL_PORTS, type Port, portScope } from "../../domain/port-scope.ts";
import {
  blockRule,
  type ChainLayout,
  leftoverInput,
  parseBlockRule,
  removalInput,
  scopesIn,
  structureInput,
  structureText,
  uncoveredChains,
} from "./chain-rules.ts";
import { parseSavedFilter, type SavedFilter } from "./saved-filter.ts";

const SSH = portScope([{ protocol: "tcp", number: 22 }]);
const MANY = portScope([
  ...Array.from({ length: 17 }, (_, n): Port => ({ protocol: "tcp", number: 1000 + n })),
  { protocol: "udp", number: 53 },
]);

const LAYOUT: ChainLayout = {
  family: "ipv4",
  blocksIn: "sets",
  scopes: [
    { family: "ipv4", scope: ALL_PORTS },
    { family: "ipv4", scope: SSH },
  ],
  covered: ["INPUT", "FORWARD", "DOCKER-USER"],
  verdict: { kind: "drop" },
  isTranslating: false,
};

function saved(...lines: readonly string[]): SavedFilter {
  const parsed = parseSavedFilter([...lines, "COMMIT"].join("\n"));
  assert.ok(parsed.ok);
  return parsed.value;
}

test("rules look addresses up in sets, and jumps to them come first", () => {
  assert.equal(
    structureInput(LAYOUT, saved(":DOCKER-USER - [0:0]", "[0:0] -A INPUT -p tcp -j bailiff")),
    `*filter
:bailiff - [0:0]
:bailiff-verdict - [0:0]
-A bailiff-verdict -j DROP
-A bailiff -m set --match-set bailiff4-all src -j bailiff-verdict
-A bailiff -p tcp -m multiport --dports 22 -m set --match-set bailiff4-t22 src -j bailiff-verdict
-D INPUT -p tcp -j bailiff
-I INPUT 1 -j bailiff
-I FORWARD 1 -j bailiff
-I DOCKER-USER 1 -j bailiff
COMMIT
`,
  );
});

test("without sets, chains of blocks are created once and keep their blocks, but no other rules", () => {
  const input = structureInput(
    { ...LAYOUT, blocksIn: "chains" },
    saved(
      ":bailiff4-t22 - [0:0]",
      "[0:0] -A bailiff4-t22 -s 192.0.2.1/32 -j bailiff-verdict",
      "[0:0] -A bailiff4-t22 -j ACCEPT",
    ),
  );
  assert.match(input, /^:bailiff4-all - \[0:0\]$/m);
  assert.doesNotMatch(input, /^:bailiff4-t22/m);
  assert.match(input, /^-D bailiff4-t22 -j ACCEPT$/m);
  assert.match(input, /^-A bailiff -p tcp -m multiport --dports 22 -j bailiff4-t22$/m);
});

test("a match has at most 15 ports, and translated connections are matched by the dialed port", () => {
  const scopes = [{ family: "ipv4", scope: MANY }] as const;
  const input = structureInput({ ...LAYOUT, scopes, isTranslating: true }, saved());
  assert.deepEqual(
    [...input.matchAll(/--dports (\S+)/g)].map(([, list = ""]) => list.split(",").length),
    [15, 2, 1],
  );
  assert.equal(
    [...input.matchAll(/-A bailiff-dnat -p \w+ -m conntrack --ctorigdstport/g)].length,
    18,
  );
  assert.match(input, /-A bailiff -m conntrack --ctstate DNAT -j bailiff-dnat/);
});

test("a TCP reset leaves other protocols an ICMP error", () => {
  const verdict = { kind: "reject", with: "tcp-reset" } as const;
  const rejects = (family: "ipv4" | "ipv6"): readonly string[] => [
    ...structureInput({ ...LAYOUT, family, verdict }, saved())
      .matchAll(/-A bailiff-verdict (.*)/g)
      .map(([, spec = ""]) => spec),
  ];
  assert.deepEqual(rejects("ipv4"), [
    "-p tcp -j REJECT --reject-with tcp-reset",
    "-j REJECT --reject-with icmp-port-unreachable",
  ]);
  assert.deepEqual(rejects("ipv6"), [
    "-p tcp -j REJECT --reject-with tcp-reset",
    "-j REJECT --reject-with icmp6-port-unreachable",
  ]);
});

test("scopes are read back from rules, also those whose names do not show their ports", () => {
  const scopes = [ALL_PORTS, MANY, SSH].map((scope) => ({ family: "ipv4", scope }) as const);
  for (const blocksIn of ["sets", "chains"] as const) {
    const written = structureInput({ ...LAYOUT, scopes, blocksIn }, saved())
      .split("\n")
      .filter((line) => line.startsWith("-A "));
    const found = scopesIn(saved(...written.map((line) => `[0:0] ${line}`)), "ipv4");
    assert.deepEqual(found, scopes);
  }
  const changed = saved(
    "[0:0] -A bailiff -p tcp -m multiport --dports 23 -m set --match-set bailiff4-t22 src -j bailiff-verdict",
  );
  assert.deepEqual(scopesIn(changed, "ipv4"), []);
});

test("the text changes with the structure, and not with blocks or counters", () => {
  const base = [":INPUT ACCEPT [0:0]", "[0:0] -A INPUT -j bailiff", ":bailiff4-all - [0:0]"];
  const block = "[0:0] -A bailiff4-all -s 192.0.2.1/32 -j bailiff-verdict";
  const layout = { ...LAYOUT, blocksIn: "chains" } as const;
  const text = (...lines: readonly string[]): string => structureText(layout, saved(...lines));
  assert.equal(text(...base, block), text(...base));
  assert.equal(text(...base.map((line) => line.replace("[0:0] -A", "[9:9] -A"))), text(...base));
  assert.notEqual(text(...base, "[0:0] -A bailiff4-all -j RETURN"), text(...base));
  assert.notEqual(text(...base, ":DOCKER-USER - [0:0]"), text(...base));
  assert.notEqual(text(...base, "[0:0] -A INPUT -j bailiff"), text(...base));
  assert.notEqual(text(base[0] ?? "", "[0:0] -A INPUT -j ACCEPT", ...base.slice(1)), text(...base));
});

test("a chain is covered only by an unconditional jump in the first place", () => {
  const uncovered = (...lines: readonly string[]): readonly string[] =>
    uncoveredChains({ ...LAYOUT, covered: ["INPUT", "DOCKER-USER"] }, saved(...lines));
  assert.deepEqual(uncovered("[0:0] -A INPUT -j bailiff"), []);
  assert.deepEqual(uncovered("[0:0] -A INPUT -p tcp -j bailiff"), ["INPUT"]);
  assert.deepEqual(uncovered("[0:0] -A INPUT -j ACCEPT", "[0:0] -A INPUT -j bailiff"), ["INPUT"]);
  assert.deepEqual(uncovered("[0:0] -A INPUT -j bailiff", ":DOCKER-USER - [0:0]"), ["DOCKER-USER"]);
});

test("everything of ours is removed, and nothing else", () => {
  assert.equal(removalInput(saved(":INPUT ACCEPT [0:0]", "[0:0] -A INPUT -j ACCEPT")), undefined);
  assert.equal(
    removalInput(
      saved(
        "[0:0] -A X -p tcp -j bailiff",
        ":bailiff - [0:0]",
        ":bailiff4-all - [0:0]",
        ":b - [0:0]",
      ),
    ),
    `*filter
-D X -p tcp -j bailiff
-F bailiff
-F bailiff4-all
-X bailiff
-X bailiff4-all
COMMIT
`,
  );
  assert.equal(removalInput(saved(":bailiff-old - [0:0]")), undefined);
  assert.equal(
    leftoverInput(LAYOUT, saved(":bailiff - [0:0]", ":bailiff4-t99 - [0:0]")),
    "*filter\n-F bailiff4-t99\n-X bailiff4-t99\nCOMMIT\n",
  );
  assert.equal(leftoverInput(LAYOUT, saved(":bailiff - [0:0]")), undefined);
});

test("only rules as we write them are blocks", () => {
  for (const text of ["192.0.2.1", "198.51.100.0/24", "2001:db8::1", "2001:db8::/32"]) {
    const subject = parseSubject(text);
    assert.ok(subject !== undefined);
    assert.equal(parseBlockRule(blockRule(subject)), subject);
  }
  for (const spec of [
    "-s 192.0.2.1/32 -j ACCEPT",
    "-s 192.0.2.1/32 -p tcp -j bailiff-verdict",
    "! -s 192.0.2.1/32 -j bailiff-verdict",
    "-j bailiff-verdict",
  ])
    assert.equal(parseBlockRule(spec), undefined);
});

test("the removal leaves chains of others, and removes their rules that jump to ours", () => {
  const lines = [
    ...[":INPUT ACCEPT [0:0]", ":bailiff - [0:0]", ":bailiff-verdict - [0:0]"],
    ...[":bailiff-exceptions - [0:0]", "[0:0] -A INPUT -j bailiff"],
    "[0:0] -A INPUT -j bailiff-exceptions",
    "[0:0] -A bailiff-exceptions -s 192.0.2.9/32 -j bailiff-verdict",
  ];
  assert.equal(
    removalInput(saved(...lines)),
    `*filter
-D INPUT -j bailiff
-D bailiff-exceptions -s 192.0.2.9/32 -j bailiff-verdict
-F bailiff
-F bailiff-verdict
-X bailiff
-X bailiff-verdict
COMMIT
`,
  );
});
