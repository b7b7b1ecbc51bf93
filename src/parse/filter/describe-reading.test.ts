import assert from "node:assert/strict";
import { test } from "node:test";
import { cutLongLine } from "./cut-long-line.ts";
import { describeReading } from "./describe-reading.ts";
import { readFilter } from "./read-filter.ts";

function describe(line: string, head: object = {}): string {
  const rule = { id: "r", is: "failure", line: "login from {ip}" };
  const read = readFilter({ name: "f", rule: [rule], ...head }, "f.toml");
  assert.ok(read.ok);
  return describeReading(read.value, line, false).join(" ");
}

test("a line of the filter's own needs no description", () => {
  assert.equal(describe("login from 192.0.2.7", { programs: ["doord"] }), "");
  assert.equal(describe("Nov 28 09:19:59 h doord[3]: login", { programs: ["doord"] }), "");
});

test("what a container runtime wrote around it", () => {
  const docker = { log: "login\n", stream: "stdout", time: "2026-11-28T09:19:59Z" };
  assert.match(describe(JSON.stringify(docker)), /^Docker wrote the line; rules see "login"\.$/);
  assert.match(describe(JSON.stringify({ ...docker, log: "login" })), /ended before it completed/);
  assert.match(describe(JSON.stringify({ log: "login\n" })), /^The line begins as Docker's JSON/);
  assert.match(describe("2026-11-28T09:19:59.1Z stdout P log"), /rules see "log"\. .* a piece of/);
});

test("the program of another service, unless the filter takes lines of every program", () => {
  const line = "Nov 28 09:19:59 h gated[3]: login from 192.0.2.7";
  assert.match(describe(line, { programs: ["doord"] }), /of the program "gated"; .* are doord\.$/);
  assert.equal(describe(line), "");
});

test("no time, or one of another form", () => {
  assert.match(describe("28_11_2026 09:19:59 login"), /no time that is known/);
  assert.equal(describe("login"), "");
  // Where web servers write it.
  assert.equal(describe('192.0.2.7 - - [28/Nov/2026:09:19:59 +0100] "GET / HTTP/1.1" 200'), "");
  const head = { time_format: "%d.%m.%Y %H:%M" };
  assert.match(
    describe("2026-11-28 09:19:59 login", head),
    /no time in the form|not begin with a time/,
  );
  assert.equal(describe("28.11.2026 09:19 login", head), "");
});

test("a line that is no record, and one that is cut", () => {
  const begins = { begins: "{time}" };
  assert.match(describe("login", begins), /^No rule sees the line: found "login", which does not/);
  assert.equal(describe("2026-11-28 09:19:59 login\nfrom", begins), "");
  assert.match(describe(cutLongLine("a".repeat(20_000))), /longer than the maximum and is cut/);
});

test("a line of a log that names its columns", () => {
  const columns = ["time", "event", "address"];
  const csv = { id: "r", is: "failure", csv: { event: "denied", address: "{ip}" } };
  const named = { rule: [csv], columns, columns_by_name: true };
  assert.match(describe("event,time,address", named), /^The line names the columns .* no message/);
  assert.match(
    describe("2026-11-28T09:19:59Z,ok,192.0.2.7", named),
    /^The line is read with the columns time, event, address; in a log, its header says/,
  );
  assert.equal(describe("event,time,address", { rule: [csv], columns }), "");
  const w3c = { id: "r", is: "failure", w3c: { address: "{ip}" } };
  assert.match(describe("#Fields: time", { rule: [w3c], columns }), /^The line is a directive/);
  assert.match(describe("a b c", { rule: [w3c], columns }), /; in a log, its #Fields: directive/);
});
