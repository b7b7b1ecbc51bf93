import assert from "node:assert/strict";
import { test } from "node:test";
import type { QuoteState } from "../../domain/record-start.ts";
import { readQuotes, readSyslogQuotes } from "./csv-quotes.ts";

/** Returns how each line ends, with a star for lines that begin a row. */
function read(lines: readonly string[], before: QuoteState = "closed"): readonly string[] {
  let state = before;
  return lines.map((line) => {
    const { after, isRow } = readQuotes(line, state);
    state = after;
    return `${after}${isRow ? "*" : ""}`;
  });
}

test("a quote stays open over lines until it is closed", () => {
  assert.deepEqual(read(["a,b", 'a,"b, c"', 'a,"b\r']), ["closed*", "closed*", "open*"]);
  assert.deepEqual(
    read(['a,"b', "forged,row", 'x,"",y",d', "a"]),
    ["open*", "open", "open", "closed"].with(2, "closed").with(3, "closed*"),
  );
});

test("doubled quotes belong to the value", () => {
  assert.deepEqual(read(['a,"b ""c""', 'x,""y"",z', 'z""",d\r']), ["open*", "open", "closed"]);
  assert.deepEqual(read(['a,"""",b', 'a,"",b']), ["closed*", "closed*"]);
});

test("a quote within a value without quotes means nothing", () => {
  assert.deepEqual(read(['a,5" disk,b', 'a" b,c']), ["closed*", "closed*"]);
});

test("a line of a syslog daemon opens no quote in a log that has such lines", () => {
  const syslog = 'Nov 28 09:19:59 host app[1]: a,"b';
  assert.deepEqual(readSyslogQuotes(syslog, "closed"), { after: "closed", isRow: true });
  assert.equal(readSyslogQuotes("Nov 28 09:19:59 host app[1]: a,b", "open").after, "open");
  const docker = '{"log":"a,\\"b\\n","stream":"stdout","time":"2026-11-28T09:19:59Z"}';
  assert.deepEqual(read([docker, syslog]), ["closed*", "open*"]);
});

test("a client's text in a row is no syslog header", () => {
  for (const account of ["a b: ", "x p[1]: ", " Dec  1 18:20:00 h p[1]: "])
    for (const time of ["2026-12-01T18:20:00Z", "2026-12-01 18:20:00", "1796149200", "a UTC"])
      assert.equal(readSyslogQuotes(`${time},"${account}`, "closed").after, "open", account);
});

test("a row that was never completed ends where a value begins", () => {
  assert.deepEqual(read(['a,"torn', "b,c", 'd,"e, f",g', "h,i"]), [
    "open*",
    "open",
    "closed*",
    "closed*",
  ]);
});

test("where it is unknown whether a quote is open, only a single quote shows it", () => {
  assert.deepEqual(read(["a,b", 'x,""y', 'x,",",y', 'x"y'], "unknown"), [
    "unknown",
    "unknown",
    "unknown",
    "unknown",
  ]);
  assert.deepEqual(read(['a,"b, c",d', "e"], "unknown"), ["closed*", "closed*"]);
  assert.deepEqual(read(['b, c",d', "e"], "unknown"), ["closed", "closed*"]);
  assert.deepEqual(read(['b ""c""",d,"e', "f"], "unknown"), ["open", "open"]);
  // A client's quotes are doubled, beside a quote of the service too.
  assert.deepEqual(read(['a,"""b', 'c""",d'], "unknown"), ["open*", "closed"]);
});

test("behind a row that is no CSV it is unknown, unless the row shows it", () => {
  assert.deepEqual(read(['a,"b"c', "d,e", 'f,"g",h']), ["unknown*", "unknown", "closed*"]);
  assert.deepEqual(read(['a,"b"c",d', "e"]), ["closed*", "closed*"]);
});

test("a quote behind a blank leaves it unknown", () => {
  assert.deepEqual(read(['a, "b', "c,d", 'e,"f, g",h']), ["unknown*", "unknown", "closed*"]);
  assert.deepEqual(read(['a,\t"b",c', "a, b"]), ["unknown*", "unknown"]);
});
