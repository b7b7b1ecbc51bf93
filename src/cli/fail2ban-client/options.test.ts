import assert from "node:assert/strict";
import { test } from "node:test";
import { parseClientOptions } from "./options.ts";
import { splitWords } from "../split-words.ts";

test("options end at the first word that is none", () => {
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

test("letters stand together, and one takes what is left of its word", () => {
  const options = parseClientOptions(["-xbs/run/y", "-dt", "status"]);
  assert.deepEqual([options?.socket, options?.dump, options?.test], ["/run/y", "plain", true]);
});

test("a long option may be begun, if one alone begins so", () => {
  assert.equal(parseClientOptions(["--sock", "/z"])?.socket, "/z");
  assert.equal(parseClientOptions(["--s", "/z"]), undefined, "socket, str2sec or syslogsocket");
  assert.equal(parseClientOptions(["--dump"])?.dump, "pretty");
});

const UNKNOWN: readonly (readonly string[])[] = [["-Q"], ["--nothing"], ["-s"], ["--test=1"]];
for (const argv of UNKNOWN)
  test(`${argv.join(" ")} is no option`, () => assert.equal(parseClientOptions(argv), undefined));

test("what needs no server is the first thing asked", () => {
  assert.deepEqual(parseClientOptions(["-V"])?.ask, { kind: "version", form: "short" });
  assert.deepEqual(parseClientOptions(["--str2sec", "1h", "-h"])?.ask, {
    ...{ kind: "seconds", text: "1h" },
  });
});

test("a typed line is split as a shell would", () => {
  assert.deepEqual(splitWords(`set t1 addfailregex '^a "b" <HOST>' "c \\" d" e\\ f`), [
    ...["set", "t1", "addfailregex", '^a "b" <HOST>', 'c " d', "e f"],
  ]);
  assert.deepEqual(splitWords("   "), []);
});
