import assert from "node:assert/strict";
import { test } from "node:test";
import { namesOtherHost } from "./names-other-host.ts";

test("the host of a line is compared by its short name", () => {
  const message = "sshd[7]: Failed password for root from 192.0.2.1 port 1 ssh2";
  const table: readonly (readonly [string, boolean])[] = [
    [`2026-11-23T12:00:00+00:00 web1 ${message}`, false],
    [`Nov 23 12:00:00 WEB1.example.org ${message}`, false],
    [`Nov 23 12:00:00 localhost ${message}`, false],
    [`Nov 23 12:00:00 db1 ${message}`, true],
    [`Nov 23 12:00:00 web10 ${message}`, true],
    ["2026-11-23 12:00:00 login of root from 192.0.2.1 failed", false],
  ];
  for (const [line, isOther] of table)
    assert.equal(namesOtherHost(line, "web1.example.org"), isOther, line);
});
