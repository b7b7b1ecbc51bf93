import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { type JournalEntry, JournalExportParser } from "./journal-export.ts";
import { createJournalLineReader } from "./journal-line.ts";
import { isJournalCursor, journalMatchArguments, sameJournalEntry } from "./journal-match.ts";
import { MAX_JSON_LINE_BYTES, MAX_LINE_BYTES } from "../../domain/line-batch.ts";

function binary(name: string, value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([Buffer.from(`${name}\n`), length, bytes, Buffer.from("\n")]);
}

test("fields stay separate whatever their values contain and however the stream is split", () => {
  const value = fc.oneof(fc.string(), fc.constantFrom("\n\n", "A=b\n", "ü\n", "x".repeat(40_000)));
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 8 }), fc.nat(5000), (values, step) => {
      const entries = values.map((text, i) => {
        const plain = `N=${i}\nT=${text.replaceAll("\n", " ")}\n`;
        return Buffer.concat([Buffer.from(plain), binary("MESSAGE", text), Buffer.from("\n")]);
      });
      const stream = Buffer.concat(entries);
      const parser = new JournalExportParser();
      const parsed: JournalEntry[] = [];
      for (let at = 0; at < stream.length; at += step + 1) {
        parsed.push(...parser.push(stream.subarray(at, at + step + 1)));
      }
      assert.equal(parsed.length, values.length);
      for (const [i, text] of values.entries()) {
        const fields = parsed[i]?.fields;
        assert.equal(fields?.get("N"), String(i));
        if (Buffer.byteLength(text) > MAX_LINE_BYTES) {
          assert.equal(fields?.get("MESSAGE"), text.slice(0, MAX_LINE_BYTES));
          assert.equal(fields?.get("T"), undefined, "a cut value of another field says nothing");
          assert.equal(parsed[i]?.cutBytes, text.length);
        } else {
          assert.equal(fields?.get("MESSAGE"), Buffer.from(text).toString());
          assert.equal(fields?.get("T"), Buffer.from(text.replaceAll("\n", " ")).toString());
        }
      }
    }),
    fuzzRuns(30),
  );
});

test("a message of JSON has a longer maximum, as a line of it, and other fields have not", () => {
  for (const [length, kept] of [
    [20_000, 20_000],
    [MAX_JSON_LINE_BYTES, MAX_JSON_LINE_BYTES],
    [MAX_JSON_LINE_BYTES + 1, MAX_JSON_LINE_BYTES],
  ] as const) {
    const text = `{${"x".repeat(length - 1)}`;
    for (const entry of [binary("MESSAGE", text), Buffer.from(`MESSAGE=${text}\n`)])
      for (const step of [1000, 50_000, Infinity]) {
        const stream = Buffer.concat([binary("T", text), entry, Buffer.from("\n")]);
        const parser = new JournalExportParser();
        const parsed: JournalEntry[] = [];
        const by = Math.min(step, stream.length);
        for (let at = 0; at < stream.length; at += by)
          parsed.push(...parser.push(stream.subarray(at, at + by)));
        assert.equal(parsed.length, 1);
        assert.equal(parsed[0]?.fields.get("MESSAGE")?.length, kept);
        assert.equal(parsed[0]?.fields.get("T"), undefined);
        assert.equal(parsed[0]?.cutBytes, length > kept ? length : 0);
      }
  }
});

test("the last value of a repeated field counts, even if it is too long to keep", () => {
  const long = "x".repeat(MAX_LINE_BYTES + 1);
  const fieldsOf = (...parts: readonly Buffer[]): ReadonlyMap<string, string> | undefined =>
    new JournalExportParser().push(Buffer.concat([...parts, Buffer.from("\n")]))[0]?.fields;
  const first = Buffer.from("_UID=0\n");
  assert.equal(fieldsOf(first, Buffer.from("_UID=33\n"))?.get("_UID"), "33");
  assert.equal(fieldsOf(first, binary("_UID", long))?.has("_UID"), false);
  assert.equal(fieldsOf(binary("_UID", long), first)?.get("_UID"), "0");
});

test("the sender of a line: proven names win over claimed ones", () => {
  const read = createJournalLineReader(["_UID"]);
  const program = (fields: Readonly<Record<string, string>>): string | undefined =>
    read({
      fields: new Map(
        Object.entries({ MESSAGE: "m", __CURSOR: "c", __REALTIME_TIMESTAMP: "1", ...fields }),
      ),
      cutBytes: 0,
    })?.fields.program;
  const table: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
    [{ _COMM: "sshd-session", SYSLOG_IDENTIFIER: "sshd-session" }, "sshd-session"],
    [{ _COMM: "smtpd", SYSLOG_IDENTIFIER: "postfix/smtpd" }, "postfix/smtpd"],
    [{ _COMM: "cron", SYSLOG_IDENTIFIER: "CRON" }, "CRON"],
    [{ _COMM: "logger", SYSLOG_IDENTIFIER: "sshd", _UID: "0" }, "logger"],
    [{ _COMM: "a-very-long-pro", SYSLOG_IDENTIFIER: "a-very-long-program" }, "a-very-long-program"],
    [{ _COMM: "sshd" }, "sshd"],
    [{ SYSLOG_IDENTIFIER: "sshd", _UID: "0" }, "sshd"],
    [{ SYSLOG_IDENTIFIER: "sshd", _UID: "1000" }, ""],
    [{ SYSLOG_IDENTIFIER: "smtpd", _UID: "1000", _SYSTEMD_UNIT: "x.service" }, "smtpd"],
    [{ SYSLOG_IDENTIFIER: "sshd", _UID: "1000", _SYSTEMD_UNIT: "session-3.scope" }, ""],
    [{ SYSLOG_IDENTIFIER: "sshd", _UID: "1000", _SYSTEMD_UNIT: "user@1000.service" }, ""],
  ];
  for (const [fields, expected] of table) assert.equal(program(fields), expected);
});

test("entries with equal fields share one map, and the number of remembered maps is bounded", () => {
  const read = createJournalLineReader(["_UID", "UNIT"]);
  const journalOf = (uid: number): ReadonlyMap<string, string> | undefined => {
    const fields = { MESSAGE: "m", __CURSOR: "c", __REALTIME_TIMESTAMP: "1", _UID: `${uid}` };
    return read({ fields: new Map(Object.entries(fields)), cutBytes: 0 })?.fields.journal;
  };
  const first = journalOf(0);
  assert.deepEqual([...(first ?? [])], [["_UID", "0"]]);
  assert.equal(journalOf(0), first);
  for (let uid = 1; uid <= 256; uid++) journalOf(uid);
  assert.notEqual(journalOf(0), first, "re-created after it was forgotten");
});

test("cursors: an entry in another file is recognized as the same entry", () => {
  const runtime = "s=aa;i=1;b=bb;m=1;t=2;x=3";
  assert.ok(sameJournalEntry(runtime, runtime));
  assert.ok(sameJournalEntry(runtime, "s=cc;i=9;b=bb;m=1;t=2;x=3"));
  assert.ok(!sameJournalEntry(runtime, "s=aa;i=2;b=bb;m=1;t=2;x=3"));
  assert.ok(!sameJournalEntry(runtime, "s=cc;i=1;b=bb;m=1;t=2;x=4"));
  assert.ok(isJournalCursor(runtime));
  assert.ok(!isJournalCursor("--file=/etc/passwd"));
  assert.deepEqual(journalMatchArguments([["A=1", "B=2"], ["C=3"]]), ["A=1", "B=2", "+", "C=3"]);
});

test("a line that journald split is marked, and its rest in the next entry is dropped", () => {
  const read = createJournalLineReader([]);
  const say = (stream: string, message: string, lineBreak?: string): string | undefined => {
    const fields = {
      ...{ MESSAGE: message, __CURSOR: "c", __REALTIME_TIMESTAMP: "1", _STREAM_ID: stream },
      ...(lineBreak === undefined ? {} : { _LINE_BREAK: lineBreak }),
    };
    return read({ fields: new Map(Object.entries(fields)), cutBytes: 0 })?.text;
  };
  assert.equal(say("a", "whole"), "whole");
  assert.equal(say("a", "long", "line-max"), "long\0");
  assert.equal(say("b", "of another stream"), "of another stream");
  assert.equal(say("a", "longer still", "line-max"), undefined);
  assert.equal(say("a", "Failed password for root from 192.0.2.1 port 1 ssh2"), undefined);
  assert.equal(say("a", "whole again"), "whole again");
  assert.equal(say("a", "its writer ended", "eof"), "its writer ended\0");
  assert.equal(say("a", "ended by a NUL", "nul"), "ended by a NUL");
});

test("the rest of a line that journald split is dropped by the next reader too", () => {
  const entry = (stream: string, message: string, lineBreak?: string): JournalEntry => ({
    fields: new Map(
      Object.entries({
        ...{ MESSAGE: message, __CURSOR: "c", __REALTIME_TIMESTAMP: "1", _STREAM_ID: stream },
        ...(lineBreak === undefined ? {} : { _LINE_BREAK: lineBreak }),
      }),
    ),
    cutBytes: 0,
  });
  const before = createJournalLineReader([]);
  const lost = (...streams: readonly string[]) =>
    streams.map((stream) => ({ stream, text: undefined }));
  assert.deepEqual(before(entry("a", "whole"))?.open, []);
  assert.deepEqual(before(entry("a", "long", "line-max"))?.open, lost("a"));
  const open = before(entry("b", "long", "line-max"))?.open;
  assert.deepEqual(open, lost("a", "b"));
  const next = createJournalLineReader([], open);
  assert.deepEqual(next(entry("c", "whole"))?.open, lost("a", "b"));
  assert.equal(next(entry("a", "Failed password for root from 192.0.2.1 port 1 ssh2")), undefined);
  assert.deepEqual(next(entry("a", "whole again"))?.open, lost("b"));
  // The entry at the cursor is read again.
  assert.equal(next(entry("b", "long", "line-max")), undefined);
  assert.equal(next(entry("b", "rest")), undefined);
  // A realistic number for a busy host.
  const many = createJournalLineReader([]);
  for (let i = 0; i < 1000; i++) many(entry(`${i}`, "long", "line-max"));
  assert.equal(many(entry("0", "rest")), undefined);
});
