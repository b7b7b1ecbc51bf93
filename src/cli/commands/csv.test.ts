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
    /\nRows not read: no line before its rows names the columns \(1 GiB before them is searched\)\.\n/,
  );
});

const COLUMNS = ["timestamp", "user", "src_ip", "event", "detail"];
const TIME = "2026-12-01T18:20:00Z";

/** Filters of rows whose first value is a time, or the account: by the names of columns, by a header, by position. */
function filtersOf(first: "time" | "account"): readonly string[] {
  const order = first === "time" ? COLUMNS : ["user", "timestamp", ...COLUMNS.slice(2)];
  const rule = (csv: string): string => `\n[[rule]]\nid = "denied"\nis = "failure"\ncsv = ${csv}\n`;
  const named = `columns = ${JSON.stringify(order)}\ntime_field = "timestamp"\n`;
  const names = rule('{ event = "LOGIN_FAIL", src_ip = "{ip}", user = "{user}" }');
  const account = first === "time" ? 2 : 1;
  return [
    named + names,
    `${named}columns_by_name = true\n${names}`,
    `time_field = "${3 - account}"\n${rule(`{ 4 = "LOGIN_FAIL", 3 = "{ip}", ${account} = "{user}" }`)}`,
  ].map((text, i) => {
    const path = join(FOLDER, `${first}-${i}.toml`);
    writeFileSync(path, `name = "${first}-${i}"\n${text}`);
    return path;
  });
}

test("an account that looks like the header of another writer hides no open quote", () => {
  const accounts = ["a b: ", "x p[1]: ", " Dec  1 18:20:00 h p[1]: ", `${TIME} stdout F x`, "x"];
  const times = [TIME, "2026-12-01 18:20:00", "1796149200", "2026-12-01 18:20:00 UTC"];
  const end = '",198.51.100.1,LOGIN_FAIL,bad\n';
  const timed = times.flatMap((time) =>
    accounts.map((account) => `${time},"${account}\n${time},y,203.0.113.9,LOGIN_FAIL,z\n${end}`),
  );
  timed.push(
    `${TIME},"a b: \n${TIME},y,203.0.113.9,LOGIN_FAIL,z\n",198.51.100.1,PAGE,x\n${TIME},x,198.51.100.1,LOGIN_FAIL,x\n`,
  );
  const heads = ["<38>Dec  1 18:20:00 h p: x", `${TIME} stdout F x`, "Dec  1 18:20:00 h p[1]: "];
  const unquoted = heads.map(
    (account) =>
      `${account},${TIME},198.51.100.1,LOGIN_FAIL,"\ny,${TIME},203.0.113.9,LOGIN_FAIL,z\n"\n`,
  );
  const commands = (["time", "account"] as const).flatMap((first) =>
    filtersOf(first).flatMap((filter, n) =>
      (first === "time" ? timed : unquoted).map((text, i) => {
        const names = first === "time" ? COLUMNS : ["user", "timestamp", ...COLUMNS.slice(2)];
        const path = log(`${first}-${n}-${i}.csv`, (n === 1 ? `${names.join(",")}\n` : "") + text);
        return ["scan", "--filter", filter, path];
      }),
    ),
  );
  for (const [i, { stdout, status }] of runCommands(commands).entries()) {
    assert.equal(status, 0, stdout);
    const shown = `${commands[i]?.at(-1)}: ${stdout}`;
    assert.doesNotMatch(stdout, /203\.0\.113\.9/, shown);
    if (shown.includes("/time-")) assert.match(stdout, /198\.51\.100\.1/, shown);
  }
});
