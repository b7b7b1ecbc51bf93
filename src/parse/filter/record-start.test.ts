import assert from "node:assert/strict";
import { test } from "node:test";
import { compileRecordStart } from "./record-start.ts";

function begins(pattern: string, time_format?: string): (line: string) => boolean {
  const start = compileRecordStart({ begins: pattern, time_format, path: "x.toml" });
  assert.ok(start.ok, JSON.stringify(start));
  return (line) => start.value.begins(line);
}

test("a first line begins with the pattern, also behind its time", () => {
  const isFirst = begins("[{level:word}] login");
  assert.ok(isFirst("[warn] login of alice"));
  assert.ok(isFirst("2026-11-28 09:19:59,123 [warn] login of alice"));
  assert.ok(!isFirst("  [warn] login of alice"));
  assert.ok(!isFirst("denied [warn] login"));
  assert.ok(!isFirst(""));
});

test("{time} at the beginning is a time that can be read", () => {
  const isFirst = begins("{time}");
  assert.ok(isFirst("2026-11-28 09:19:59,123 WARN login failed"));
  assert.ok(isFirst("[28/Nov/2026:09:19:59 +0100] login failed"));
  assert.ok(!isFirst("\tat org.example.Login.check(Login.java:42)"));
  assert.ok(!isFirst("Caused by: java.io.IOException"));
  assert.ok(!isFirst("  2026-11-28 09:19:59,123 of the request"));
  const isError = begins("{time} [error]");
  assert.ok(isError("2026-11-28 09:19:59.123 [error] <0.1.0> x"));
  assert.ok(!isError("2026-11-28 09:19:59.123 [info] <0.1.0> x"));
  assert.ok(!isError("[error] x"));
  const isStated = begins("{time}", "%d.%m.%y %H.%M.%S");
  assert.ok(isStated("28.11.26 09.19.59 login failed"));
});

test("what a syslog daemon wrote is a whole record", () => {
  const isFirst = begins("=REPORT=");
  assert.ok(isFirst("Nov 28 09:19:59 host1 sshd[42]: Accepted password for alice"));
  assert.ok(!isFirst("Failed password for root from 192.0.2.7"));
});

test("of a line of a container, the text in it begins a record", () => {
  const isFirst = begins("=REPORT=");
  const docker = (log: string): string =>
    JSON.stringify({ log, stream: "stdout", time: "2026-11-28T09:19:59Z" });
  assert.ok(isFirst(docker("=REPORT= a\n")) && !isFirst(docker("second line\n")));
  assert.ok(isFirst("2026-11-28T09:19:59.123Z stdout F =REPORT= a"));
  assert.ok(!isFirst("2026-11-28T09:19:59.123Z stdout F second line"));
  // The rest is missing.
  assert.ok(isFirst('{"log":"=REPORT= aaa') && !isFirst('{"log":"second line aaa'));
  assert.ok(
    begins("{time}")(docker("2026-11-28 09:19:58 a\n")) && !begins("{time}")(docker("a\n")),
  );
});

test("only the beginning of a long line is matched", () => {
  assert.ok(begins("=REPORT=")(`=REPORT=${"x".repeat(100_000)}`));
  assert.ok(!begins("{*}end")(`${"x".repeat(1000)}end`));
});

test("a pattern that says nothing is refused", () => {
  for (const pattern of ["{*}", "{?x}", "{user}"]) {
    const start = compileRecordStart({ begins: pattern, path: "x.toml" });
    assert.ok(!start.ok);
    assert.match(start.error.got, /which every line matches/);
    assert.equal(start.error.key, "begins");
  }
  const wrong = compileRecordStart({ begins: "{a", path: "x.toml" });
  assert.ok(!wrong.ok);
  assert.match(wrong.error.got, /at character/);
  const typo = compileRecordStart({ begins: "{level:wrod} x", path: "x.toml" });
  assert.equal(!typo.ok && typo.error.hint, "did you mean {level:word}?");
});
