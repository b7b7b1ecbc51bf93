import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { formatAuthor, nameAuthor } from "../../domain/author.ts";
import { readAuthor, unitIn } from "./read-author.ts";

test("a running program is named, with the program that started it", async () => {
  const child = spawn("/bin/sleep", ["60"]);
  await once(child, "spawn");
  try {
    const pid = child.pid ?? 0;
    const author = readAuthor(pid, "sleep");
    const own = { program: "read-author.test.ts", pid: process.pid };
    assert.deepEqual(author.parent, own);
    assert.ok(formatAuthor(author).startsWith(`sleep (pid ${pid})`));
    assert.doesNotMatch(nameAuthor(author), /\d{2}/);
  } finally {
    child.kill("SIGKILL");
  }
});

test("a process id that was reused names no author", () => {
  const gone = { program: "nft", pid: process.pid, unit: undefined, parent: undefined };
  assert.deepEqual(readAuthor(process.pid, "nft"), gone);
  const pid = Number(execFileSync("/bin/sh", ["-c", "echo $$"], { encoding: "utf8" }));
  assert.deepEqual(readAuthor(pid, "sh"), { ...gone, program: "sh", pid });
});

test("the innermost unit, in cgroups v1 and v2", () => {
  for (const [text, unit] of [
    ["0::/system.slice/nftables.service\n", "nftables.service"],
    ["0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.scope\n", "x.scope"],
    ["9:name=systemd:/system.slice/cron.service\n0::/\n", "cron.service"],
    ["0::/system.slice/a.service/inner\n", "a.service"],
    ["0::/\n", undefined],
    ["", undefined],
  ] as const)
    assert.equal(unitIn(text), unit, text);
});
