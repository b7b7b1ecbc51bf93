import assert from "node:assert/strict";
import { test } from "node:test";
import { createHeader } from "./header.ts";
import { readHeader } from "./read-header.ts";
import { stampFormOf } from "./stamp-form.ts";

for (const [line, form] of [
  ["Nov 28 09:19:59 web1 sshd[42]: x", "classic"],
  ["Sat Nov 28 09:19:59 2026 x", "classic"],
  ["2026-11-28T09:19:59.5+01:00 web1 sshd[42]: x", "iso"],
  ["1 2026-11-28T09:19:59Z web1 sshd 42 - - x", "iso"],
  ["2026-11-28 09:19:59 x", "other"],
  ["[28/Nov/2026:09:19:59 +0000] x", "other"],
  ["web1 sshd[42]: x", "none"],
  ["web <38>Nov 28 09:19:59 web1 sshd[42]: x", "other"],
] as const)
  test(`the time of "${line}" is of the form ${form}`, () => {
    const header = createHeader();
    readHeader(`${line}\n`, 0, line.length, header);
    assert.equal(stampFormOf(line, 0, header), form);
  });
