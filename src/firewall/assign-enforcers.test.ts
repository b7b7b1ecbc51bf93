import assert from "node:assert/strict";
import { test } from "node:test";
import type { KnownEnforcer } from "../domain/known-enforcer.ts";
import { type Config, type JailConfig } from "../config/config.ts";
import { parseConfig } from "../config/parse-config.ts";
import { sampleAt, sampleJail } from "../record/sample-entries.fixture.ts";
import {
  assignEnforcers,
  type Assignment,
  compareAssignments,
  placesFor,
  recalledAssignment,
} from "./assign-enforcers.ts";

const NFTABLES = '["nftables"]';
const [SSHD, NGINX, GONE] = [sampleJail("sshd"), sampleJail("nginx"), sampleJail("gone")];

async function configOf(text: string): Promise<Config> {
  const paths = { state: "/state", socket: "/socket" };
  const parsed = await parseConfig([{ path: "c.toml", text }], { paths, ports: new Map() });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}

function known(place: string, change: Partial<KnownEnforcer> = {}): KnownEnforcer {
  const rest = { kind: "nftables", settings: "{}", clearedAt: undefined };
  return { place, name: place, jails: [], others: false, ...rest, ...change };
}

function assignment(
  jails: Readonly<Record<string, readonly string[]>>,
  others: readonly string[],
): Assignment {
  const names = Object.entries(jails).map(([name, places]) => [sampleJail(name), places] as const);
  return { jails: new Map(names), others };
}

test("bans without a jail go where [defaults] says, or to the enforcers of the jails if it only observes", async () => {
  const usual = assignEnforcers(
    await configOf('[defaults]\nenforcer = "nftables"\n[jails.sshd]\n'),
  );
  assert.deepEqual([placesFor(usual, SSHD), placesFor(usual, GONE)], [[NFTABLES], [NFTABLES]]);
  const tried = await configOf(
    '[defaults]\nenforcer = "memory"\n[jails.sshd]\nenforcer = "nftables"\n[jails.nginx]\n',
  );
  const mixed = assignEnforcers(tried);
  assert.deepEqual(
    [SSHD, NGINX, GONE].map((jail) => placesFor(mixed, jail)),
    [[NFTABLES], ["memory"], [NFTABLES]],
  );
});

test("nothing is enforced while every enabled jail observes", async () => {
  const config = await configOf(
    '[jails.sshd]\nenforcer = "memory"\n[jails.nginx]\nenabled = false\n',
  );
  assert.deepEqual(assignEnforcers(config).others, ["memory"]);
});

test("while no jail is enabled, the enforcers of [defaults] hold all bans", async () => {
  const disabled = "[jails.sshd]\nenabled = false\n";
  for (const [enforcer, place] of [
    ["nftables", NFTABLES],
    ["memory", "memory"],
  ] as const) {
    const config = await configOf(`[defaults]\nenforcer = "${enforcer}"\n${disabled}`);
    for (const one of [config, { ...config, jails: [] satisfies readonly JailConfig[] }])
      assert.deepEqual(placesFor(assignEnforcers(one), SSHD), [place]);
  }
});

test("the record knows who held which bans, except enforcers that were cleared", () => {
  const before = recalledAssignment([
    known("a", { jails: [SSHD], others: true }),
    known("b", { jails: [SSHD, NGINX] }),
    known("c", { jails: [SSHD], clearedAt: sampleAt(5) }),
  ]);
  assert.deepEqual(placesFor(before, SSHD), ["a", "b"]);
  assert.deepEqual(placesFor(before, NGINX), ["b"]);
  assert.deepEqual(placesFor(before, GONE), ["a"]);
});

test("a place that loses bans waits for those that take them over", () => {
  const before = assignment({ sshd: ["a"], nginx: ["a", "b"], gone: ["c"] }, ["a"]);
  const after = assignment({ sshd: ["b"], nginx: ["b", "d"], trial: ["memory"] }, ["a"]);
  const { leaving, gaining } = compareAssignments(before, after);
  assert.deepEqual(
    [...leaving].map(([place, successors]) => [place, [...successors].sort()]),
    [
      ["a", ["b", "d"]],
      ["c", ["a"]],
    ],
  );
  assert.deepEqual([...gaining].sort(), ["a", "b", "d", "memory"]);
});

test("a jail that begins to observe leaves its enforcer without a successor", () => {
  const { leaving } = compareAssignments(
    assignment({ sshd: ["a"] }, ["a"]),
    assignment({ sshd: ["memory"] }, ["memory"]),
  );
  assert.deepEqual(leaving, new Map([["a", new Set()]]));
});

test("the same assignment changes nothing, also under another jail name", () => {
  const before = assignment({ sshd: ["a"] }, ["a"]);
  for (const after of [before, assignment({ ssh: ["a"] }, ["a"])])
    assert.deepEqual(compareAssignments(before, after), { leaving: new Map(), gaining: new Set() });
});
