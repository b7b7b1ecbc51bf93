/** Loads exported bans with the real nft and ipset, in separate network namespaces. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { instant } from "../../domain/instant.ts";
import { SAMPLE_BANS } from "./export-bans.fixture.ts";
import { exportBans } from "./export-bans.ts";

const NOW = instant(Date.parse("2026-05-01T00:00:00Z"));

/** Gives `text` twice to the standard input of `load`, and returns the output of `list`. */
function loadTwice(text: string, load: string, list: string): string {
  const script = `text=$(cat); for round in 1 2; do printf '%s\\n' "$text" | ${load}; done; ${list}`;
  const { stdout, stderr, status } = spawnSync("unshare", ["-n", "sh", "-ec", script], {
    input: text,
    encoding: "utf8",
    timeout: 120_000,
  });
  assert.deepEqual([stderr, status], ["", 0]);
  return stdout;
}

test("nft loads an export twice, and holds each address once, as long as its last ban", () => {
  const listed = loadTwice(exportBans(SAMPLE_BANS, "nft", NOW), "nft -f -", "nft -j list ruleset");
  const { nftables } = JSON.parse(listed) as {
    nftables: { set?: { name: string; elem: unknown[] } }[];
  };
  const sizes = nftables.flatMap(({ set }) =>
    set === undefined ? [] : [`${set.name}: ${set.elem.length}`],
  );
  assert.deepEqual(sizes.toSorted(), ["ipv4: 4", "ipv6: 1"]);
});

test("ipset loads an export twice, and holds each banned subject once", () => {
  const listed = loadTwice(exportBans(SAMPLE_BANS, "ipset", NOW), "ipset restore", "ipset save");
  const added = listed.split("\n").filter((line) => line.startsWith("add "));
  assert.deepEqual(added.map((line) => line.split(" ").slice(1, 3).join(" ")).toSorted(), [
    "bailiff_export4 192.0.2.0/24",
    "bailiff_export4 192.0.2.1",
    "bailiff_export4 192.0.2.2",
    "bailiff_export6 2001:db8:1::/64",
  ]);
});
