import assert from "node:assert/strict";
import { test } from "node:test";
import { namedLogs, ownsLog } from "./owns-log.ts";

const FILES = ["/var/log/named/*.log", "/var/log/syslog"];

for (const [what, path, own, expected] of [
  ["a log that a shipped filter names", "/var/log/named/default.log", false, true],
  ["the same by a longer path", "/var/log/named/../named/default.log", false, true],
  ["another log", "/srv/copy.log", false, false],
  ["another log, with an administrator's filter", "/srv/copy.log", true, true],
  ["a log of many programs", "/var/log/syslog", false, false],
  ["a log of many programs, with an administrator's filter", "/var/log/syslog", true, false],
] as const)
  test(`${what} is ${expected ? "" : "not "}the filter's`, () =>
    assert.equal(ownsLog({ own, files: FILES }, path), expected));

test("logs that jails name for the filter alone are the filter's, others are not", () => {
  const jail = (filter: string, ...files: readonly string[]) =>
    ({ filter, source: { kind: "file", files } }) as const;
  const jails = [
    jail("named", "/srv/a.log", "/srv/both.log"),
    jail("named", "/srv/b.log"),
    jail("sshd", "/srv/both.log", "/srv/c.log"),
    { filter: "named", source: { kind: "auto" } },
  ] as const;
  assert.deepEqual(namedLogs("named", jails), ["/srv/a.log", "/srv/b.log"]);
  assert.deepEqual(namedLogs("sshd", jails), ["/srv/c.log"]);
  assert.deepEqual(namedLogs("nginx", jails), []);
});
