import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { describeStream } from "./describe-stream.ts";
import { readDirectory } from "../config/read-directory.ts";

const directory = mkdtempSync(join(tmpdir(), "bailiff-stream-"));
after(() => rmSync(directory, { recursive: true }));

function streamOf(jail: string, settings = "") {
  writeFileSync(
    join(directory, "jail.conf"),
    `[j]\nenabled = true\nfailregex = ^x <ADDR>$\n${jail}`,
  );
  writeFileSync(join(directory, "fail2ban.conf"), `[Definition]\n${settings}\n`);
  const commands = describeStream(readDirectory({ directory, version: "1.1.1" }));
  return (option: string) => commands.find((words) => words.includes(option))?.at(-1);
}

test("a number followed by a comment is a number; other text is None", () => {
  for (const [text, value] of [
    ["3  # three", 3],
    ["3 ; three", 3],
    ["+3", 3],
    ["three", null],
    ["3 or 4", null],
  ] as const) {
    assert.equal(streamOf(`maxretry = ${text}`)("maxretry"), value, text);
    assert.equal(streamOf(`maxmatches = ${text}`)("maxmatches"), value, text);
    assert.equal(streamOf(`maxlines = ${text}`)("maxlines"), value ?? undefined, text);
    assert.equal(streamOf("", `dbmaxmatches = ${text}`)("dbmaxmatches"), value, text);
  }
});
