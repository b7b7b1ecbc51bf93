import assert from "node:assert/strict";
import { test } from "node:test";
import { isSystemLine } from "./is-system-line.ts";

for (const [line, expected] of [
  ["Nov 23 04:53:01 host CRON[12]: pam_unix(cron:session): session opened for user root", true],
  ["2026-11-23T04:53:01.000000+00:00 host systemd[1]: Started x", true],
  ["<38>1 2026-11-23T04:53:01Z host sudo 12 - - alice : x", true],
  ["Nov 23 04:53:01 host sshd[12]: Failed password for root from 192.0.2.1", false],
  ["Nov 23 04:53:01 host myapp[12]: CRON[1]: x", false],
  ["2026-11-23 04:53:01 ERROR: login failed for systemd from 192.0.2.7", false],
  ["CRON[1]: x", false],
  ["", false],
] as const)
  test(`${expected ? "of a program of the system" : "of a service"}: ${line}`, () =>
    assert.equal(isSystemLine(line), expected));
