import assert from "node:assert/strict";
import { test } from "node:test";
import { parseClientOptions } from "./options.ts";
import { splitWords } from "../split-words.ts";

test("options end at the first word that is not an option", () => {
  const options = parseClientOptions([
    "-s",
    "/run/x",
    "-vq",
    "--conf=/etc/f",
    "set",
    "-s",
    "--all",
  ]);
  assert.ok(options !== undefined);
  assert.deepEqual(
    [options.socket, options.conf, options.command],
    ["/run/x", "/etc/f", ["set", "-s", "--all"]],
  );
});

test("short options can be combined, and the last may have its value attached", () => {
  const options = parseClientOptions(["-xbs/run/y", "-dt", "status"]);
  assert.deepEqual([options?.socket, options?.dump, options?.test], ["/run/y", "plain", true]);
});

test("a long option can be abbreviated if the prefix is unique", () => {
  assert.equal(parseClientOptions(["--sock", "/z"])?.socket, "/z");
  assert.equal(parseClientOptions(["--s", "/z"]), undefined, "socket, str2sec or syslogsocket");
  assert.equal(parseClientOptions(["--dump"])?.dump, "pretty");
});

const UNKNOWN: readonly (readonly string[])[] = [["-Q"], ["--nothing"], ["-s"], ["--test=1"]];
for (const argv of UNKNOWN)
  test(`${argv.join(" ")} is refused as an unknown option`, () =>
    assert.equal(parseClientOptions(argv), undefined));

test("commands that need no server run first", () => {
  assert.deepEqual(parseClientOptions(["-V"])?.ask, { kind: "version", form: "short" });
  assert.deepEqual(parseClientOptions(["--str2sec", "1h", "-h"])?.ask, {
    ...{ kind: "seconds", text: "1h" },
  });
});

test("a typed line is split into words as in a shell", () => {
  assert.deepEqual(splitWords(`set t1 addfailregex '^a "b" <HOST>' "c \\" d" e\\ f`), [
    ...["set", "t1", "addfailregex", '^a "b" <HOST>', 'c " d', "e f"],
  ]);
  assert.deepEqual(splitWords("   "), []);
});
