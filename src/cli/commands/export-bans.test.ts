import assert from "node:assert/strict";
import test from "node:test";
import { instant } from "../../domain/instant.ts";
import { SAMPLE_BANS } from "./export-bans.fixture.ts";
import { exportBans } from "./export-bans.ts";

const NOW = instant(Date.parse("2026-05-01T00:00:00Z"));
const lines = (format: "plain" | "csv" | "nft" | "ipset"): readonly string[] =>
  exportBans(SAMPLE_BANS, format, NOW).split("\n");

test("plain: each enforced subject once, without observed and ended bans", () => {
  assert.deepEqual(lines("plain"), ["192.0.2.1", "192.0.2.2", "192.0.2.0/24", "2001:db8:1::/64"]);
});

test("csv: every ban, quoted, and no field is a formula", () => {
  const rows = lines("csv");
  assert.equal(rows.length, 1 + SAMPLE_BANS.length);
  assert.equal(rows[0], "subject,jail,from,until,state,ports,packets,origin,reason");
  assert.match(rows[2] ?? "", /,enforced,all,7,detected,"the ""owner"", says"$/);
  assert.match(rows[3] ?? "", /^192\.0\.2\.2,sshd,[^,]*,,enforced,all,,detected,'=cmd\(\)$/);
});

test("nft: timeouts in whole seconds, at most 1000 days; networks without the subjects that end later", () => {
  assert.deepEqual(
    lines("nft").filter((line) => line.startsWith("  ")),
    [
      "  192.0.2.0 timeout 3600s,",
      "  192.0.2.1 timeout 7201s,",
      "  192.0.2.2,",
      "  192.0.2.3-192.0.2.255 timeout 3600s,",
      "  2001:db8:1::/64 timeout 86400000s,",
    ],
  );
});

test("nft and ipset: without a ban, what an earlier export added is removed", () => {
  for (const format of ["nft", "ipset"] as const)
    assert.equal(exportBans([], format, NOW).match(/^flush /gm)?.length, 2);
});

test("ipset: ends beyond its maximum are cut to it, permanent bans have none", () => {
  assert.deepEqual(
    lines("ipset").filter((line) => line.startsWith("add ")),
    [
      "add bailiff_export4 192.0.2.1 timeout 7201",
      "add bailiff_export4 192.0.2.2 timeout 0",
      "add bailiff_export4 192.0.2.0/24 timeout 3600",
      "add bailiff_export6 2001:db8:1::/64 timeout 2147483",
    ],
  );
});

test("no ban: plain is empty, csv has the header", () => {
  assert.equal(exportBans([], "plain", NOW), "");
  assert.match(exportBans([], "csv", NOW), /^subject,[^\n]*$/);
});
