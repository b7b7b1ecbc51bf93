import assert from "node:assert/strict";
import { test } from "node:test";
import { ownsLog } from "./owns-log.ts";

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
