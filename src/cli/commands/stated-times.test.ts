/** What filter test, filter explain and scan say about times in a stated form. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runCommands } from "../run-commands.fixture.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "bailiff-stated-"));
after(() => rmSync(FOLDER, { recursive: true }));
const FILTER = join(FOLDER, "shop.toml");
const LOG = join(FOLDER, "shop.log");

function write(time: string): void {
  writeFileSync(
    FILTER,
    `name = "shop"
time_zone = "America/New_York"
time_format = "%d.%m.%y %H.%M.%S"
[[rule]]
id = "denied"
is = "failure"
line = "denied {ip}"
[[sample]]
line = "${time} denied 192.0.2.7"
expect = { rule = "denied", ip = "192.0.2.7" }
`,
  );
}

test("a time in the stated form, and one in another", () => {
  write("28.11.26 09.19.59");
  writeFileSync(LOG, "28.11.26 09.19.59 denied 192.0.2.7\n2026-11-28 09:20:00 denied 192.0.2.8\n");
  const [dated, other, scanned] = runCommands([
    ["filter", "explain", FILTER, "28.11.26 09.19.59 denied 192.0.2.7"],
    ["filter", "explain", FILTER, "2026-11-28 09:20:00 denied 192.0.2.7"],
    ["scan", "--filter", FILTER, LOG],
  ]);
  assert.match(dated?.stdout ?? "", /^Time: 2026-11-28T14:19:59.000Z$/m, dated?.stderr ?? "");
  assert.match(other?.stdout ?? "", /^Time: none in the form "%d\.%m\.%y %H\.%M\.%S"$/m);
  assert.match(scanned?.stdout ?? "", /^1 line without a time in the form of time_format\.$/m);
});

test("a sample in another form fails", () => {
  write("28.11.2026 09:19:59");
  const [tested] = runCommands([["filter", "test", FILTER]]);
  assert.match(tested?.stdout ?? "", /a sample without a time in the form of time_format/);
});
