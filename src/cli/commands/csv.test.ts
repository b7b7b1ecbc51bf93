/** Commands that read CSV logs. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runCommands } from "../run-commands.fixture.ts";

const FOLDER = mkdtempSync(join(tmpdir(), `bailiff-csv-${process.pid}-`));
after(() => rmSync(FOLDER, { recursive: true, force: true }));
const GATE = join(FOLDER, "gate.toml");
writeFileSync(
  GATE,
  `name = "gate"
columns = ["time", "event", "account", "address"]
columns_by_name = true
time_field = "time"

[[rule]]
id = "denied"
is = "failure"
csv = { event = "login denied", address = "{ip}", account = "{user}" }
`,
);

function log(name: string, text: string): string {
  const path = join(FOLDER, name);
  writeFileSync(path, text);
  return path;
}

const ROW = "2026-11-28T09:19:59Z,login denied,alice,192.0.2.7\n";
const FORGED = ROW.replace("192.0.2.7", "203.0.113.9");

test("scan reads a row with a line break, and says why it reads none", () => {
  const [good, renamed, bare] = runCommands(
    [
      log("good.csv", `time,event,account,address\n${ROW.replace("alice", `"x\n${FORGED}"`)}`),
      log("renamed.csv", `time,event,account,client\n${ROW}`),
      log("bare.csv", ROW),
    ].map((path) => ["scan", "--filter", GATE, path]),
  );
  assert.match(good?.stdout ?? "", /1 failure \(1 attempt\)[^]*192\.0\.2\.7/);
  assert.doesNotMatch(good?.stdout ?? "", /203\.0\.113\.9|not read/);
  assert.match(
    renamed?.stdout ?? "",
    /0 failures[^]*\nRows not read: its last header lacks address: time, event, account, client\.\n {2}to do: compare/,
  );
  assert.match(
    bare?.stdout ?? "",
    /\nRows not read: no line before its rows names the columns\.\n/,
  );
});
