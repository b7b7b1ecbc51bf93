/** Finds services by real files and by the process of this test. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { type FilterHead, localPrograms } from "../domain/filter-definition.ts";
import { findServices } from "./found-services.ts";

const FOLDER = mkdtempSync(join(tmpdir(), `bailiff-services-${process.pid}-`));
after(() => rmSync(FOLDER, { recursive: true }));

const HEAD: FilterHead = {
  ...{ name: "door", description: "", path: "", programs: ["no-such-program"] },
  ...{ journal: [], files: [], ports: [] },
};

function at(name: string, text = ""): string {
  const path = join(FOLDER, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

test("a service is found by its own log, also by a pattern", () => {
  const files = [at("door/a-error.log"), at("door/b-error.log")];
  const head = { ...HEAD, files: [join(FOLDER, "door/*-error.log"), join(FOLDER, "other.log")] };
  assert.deepEqual(findServices([head]), [{ head, logs: files, running: [] }]);
  assert.deepEqual(findServices([{ ...head, files: [join(FOLDER, "other.log")] }]), []);
});

test("a log of many programs shows only those that wrote to it lately", () => {
  const old = "Nov 23 04:11:05 web1 smtpd[1]: hello\n";
  const lines = [
    "Nov 23 04:11:05 web1 ftpd[12]: from 192.0.2.7: door: x",
    "2026-11-23T04:11:05.1+00:00 web1 postfix/smtpd[12]: connect",
    "Nov 23 04:11:05 web1 gate: opened",
  ];
  const log = at("auth.log", `${old}${"x\n".repeat(40_000)}${lines.join("\n")}\n`);
  const found = (...programs: readonly string[]): readonly string[] =>
    findServices([{ ...HEAD, programs, files: [log] }]).flatMap(({ logs }) => logs);
  for (const program of ["ftpd", "postfix/smtpd", "smtpd", "gate"])
    assert.deepEqual(found(program), [log], program);
  for (const program of ["door", "web1", "postfix"]) assert.deepEqual(found(program), [], program);
});

test("a service is found by its running program", () => {
  const program = basename(process.execPath);
  const head = { ...HEAD, programs: ["no-such-program", program] };
  assert.deepEqual(findServices([HEAD, head]), [{ head, logs: [], running: [program] }]);
});

test("lines of cron, su or sudo show no service", () => {
  const lines = ["CRON[7]: pam_unix(cron:session): x", "su: x", "sudo: alice : x"];
  const log = at("local/auth.log", lines.map((line) => `Nov 23 04:11:05 web1 ${line}\n`).join(""));
  const head = { ...HEAD, programs: ["saslauthd", "CRON", "su", "sudo"], files: [log] };
  assert.deepEqual(findServices([head]), []);
  writeFileSync(log, "Nov 23 04:11:05 web1 saslauthd[7]: x\n");
  assert.deepEqual(findServices([head]), [{ head, logs: [log], running: [] }]);
});

test("what several services share shows only the one that does not mark it as shared", () => {
  const program = basename(process.execPath);
  const log = at("both/error.log");
  const own = { ...HEAD, programs: [program], files: [log] };
  const guest = { ...own, name: "guest", shared: [program, log] };
  assert.deepEqual(findServices([own, guest]), [{ head: own, logs: [log], running: [program] }]);
  const both = at("both/auth.log", `Nov 23 04:11:05 web1 ${program}: x\n`);
  assert.deepEqual(findServices([{ ...guest, files: [both] }]), []);
  const found = findServices([{ ...guest, programs: [program, "gate"], files: [at("gate.log")] }]);
  assert.equal(found.length, 1, "its own log shows it");
});

test("no program of this host shows an appliance, but its log does", () => {
  const head = { ...HEAD, programs: [basename(process.execPath)], remote: true };
  assert.deepEqual(findServices([head]), []);
  assert.deepEqual(localPrograms(head), []);
  const files = [at("appliance.log")];
  assert.deepEqual(findServices([{ ...head, files }]), [
    { head: { ...head, files }, logs: files, running: [] },
  ]);
});
