/** Commands that read records of several lines. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runCommands } from "../run-commands.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-records-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));

const head = (ip: string): string =>
  `2026-11-28 09:19:59.552 [error] <0.9.0> Error on AMQP connection <0.9.0> (${ip}:53588 -> 198.51.100.4:5672, state: starting):`;
const REASON = "PLAIN login refused: user 'guest' - invalid credentials";
const LOG = join(folder, "rabbit.log");
const LINES = [
  REASON,
  ...[head("192.0.2.7"), REASON],
  "2026-11-28T09:20:00Z web1 sshd[7]: Failed password for root from 192.0.2.9 port 1 ssh2",
  ...[head("192.0.2.8"), REASON],
];
writeFileSync(LOG, `${LINES.join("\n")}\n`);
/** The sample has two first lines. */
const WRONG = join(folder, "wrong.toml");
writeFileSync(
  WRONG,
  `name = "wrong"\nbegins = "denied"\n[[rule]]\nid = "denied"\nis = "failure"\nline = "denied {ip}{*}"\n` +
    `[[sample]]\nline = "denied 192.0.2.7\\ndenied 192.0.2.8"\nexpect = { rule = "denied" }\n`,
);

const both = ["--filter", "rabbitmq", "--filter", "sshd"];
const [plain, scanned, replayed, streamed, explained, checked] = runCommands([
  ["scan", "--filter", "rabbitmq", LOG],
  ["scan", ...both, LOG],
  ["replay", "--json", ...both, LOG],
  ["replay", ...both, "-"],
  ["filter", "explain", "rabbitmq", `${head("192.0.2.7")}\n${REASON}`],
  ["scan", "--filter", WRONG, LOG],
]);

test("scan shows one object for a record, with the number of its first line", () => {
  const main = join(import.meta.dirname, "../main.ts");
  const argv = [main, "scan", "--json", "--filter", "rabbitmq", LOG];
  // A separate process, because rows are not written through process.stdout.
  const lines = spawnSync(process.execPath, argv, { encoding: "utf8" })
    .stdout.trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  const shown = lines.map((line) => line as { line: number; kind: string; ip: string | null });
  assert.deepEqual(
    shown.map(({ line, kind, ip }) => [line, kind, ip]),
    [
      [1, "none", null],
      [2, "failure", "192.0.2.7"],
      [4, "none", null],
      [5, "failure", "192.0.2.8"],
    ],
  );
  assert.match(plain?.stdout ?? "", /2 failures \(2 attempts\)/);
  assert.match(plain?.stdout ?? "", /1 +1 +PLAIN login refused/);
});

test("beside filters with other records scan joins no lines and says so, and replay joins them", () => {
  assert.match(scanned?.stderr ?? "", /records of rabbitmq have several lines/);
  assert.equal(scanned?.status, 0);
  const { attempts, lines } = JSON.parse(replayed?.stdout ?? "") as Record<string, number>;
  assert.deepEqual({ attempts, lines }, { attempts: 3, lines: LINES.length });
  assert.match(streamed?.stderr ?? "", /cannot read standard input together/);
});

test("filter explain reads a record, and a sample is one record", () => {
  assert.match(explained?.stdout ?? "", /login-refused: matches/);
  const text = (checked?.stderr ?? "").replaceAll(/\s+/g, " ");
  assert.match(text, /found "denied 192.0.2.8" in line 2, which begins another record by begins/);
});
