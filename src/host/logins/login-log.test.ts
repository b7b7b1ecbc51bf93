/** Follows a btmp that the test writes, through everything that happens to log files. */
import assert from "node:assert/strict";
import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { LoginLog } from "./login-log.ts";
import { utmpRecord } from "./utmp-record.fixture.ts";

const AT = Date.parse("2026-11-23T12:00:00Z");
const owner = process.getuid?.() ?? 0;

function openLog(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-btmp-${process.pid}-`));
  context.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "btmp");
  const open = (cursor?: string) => new LoginLog({ path, forbiddenMode: 0o017, cursor, owner });
  const write = (...addresses: readonly string[]): void =>
    appendFileSync(path, Buffer.concat(addresses.map((ip) => utmpRecord({ ip, at: AT }))), {
      mode: 0o600,
    });
  return { path, open, write };
}

function addresses(log: LoginLog): readonly (string | undefined)[] {
  return log.read().records.map(({ ip }) => ip);
}

test("it reads what is written after the first look, each record once", (context) => {
  const { open, write } = openLog(context);
  write("192.0.2.1");
  const log = open();
  assert.deepEqual(addresses(log), []);
  assert.deepEqual(addresses(log), []);
  write("192.0.2.2", "192.0.2.3");
  assert.deepEqual(addresses(log), ["192.0.2.2", "192.0.2.3"]);
  assert.deepEqual(addresses(log), []);
});

test("a record has the terminal, the account and the time", (context) => {
  const { path, open } = openLog(context);
  const log = open();
  log.read();
  writeFileSync(path, utmpRecord({ ip: "192.0.2.7", account: "alice", at: AT }), { mode: 0o600 });
  assert.deepEqual(log.read().records, [
    { type: 6, pid: 4711, terminal: "ssh:notty", account: "alice", at: AT, ip: "192.0.2.7" },
  ]);
});

test("a record that is being written is read when it is complete", (context) => {
  const { path, open, write } = openLog(context);
  write();
  const log = open();
  log.read();
  const record = utmpRecord({ ip: "192.0.2.4", at: AT });
  appendFileSync(path, record.subarray(0, 100));
  assert.deepEqual(addresses(log), []);
  appendFileSync(path, record.subarray(100));
  assert.deepEqual(addresses(log), ["192.0.2.4"]);
});

test("after a rotation the rest of the old file comes first", (context) => {
  const { path, open, write } = openLog(context);
  write();
  const log = open();
  log.read();
  write("192.0.2.1");
  renameSync(path, `${path}.1`);
  write("192.0.2.2");
  assert.deepEqual(addresses(log), ["192.0.2.1", "192.0.2.2"]);
});

test("a truncated file is read from its beginning", (context) => {
  const { path, open, write } = openLog(context);
  write("192.0.2.1", "192.0.2.1");
  const log = open();
  log.read();
  truncateSync(path, 0);
  write("192.0.2.2");
  assert.deepEqual(addresses(log), ["192.0.2.2"]);
});

test("records may be missing of a file that was emptied, or replaced and not kept", (context) => {
  const { path, open, write } = openLog(context);
  write("192.0.2.1");
  const log = open();
  log.read();
  const isIncomplete = (): boolean => log.read().isIncomplete;
  write("192.0.2.2");
  renameSync(path, `${path}.1`);
  write("192.0.2.3");
  assert.equal(isIncomplete(), false, "the rest of the former file is read");
  write("192.0.2.4");
  truncateSync(path, 0);
  assert.equal(isIncomplete(), true, "emptied");
  write("192.0.2.5");
  assert.equal(isIncomplete(), false);
  write("192.0.2.6");
  rmSync(path);
  write("192.0.2.7");
  assert.equal(isIncomplete(), true, "the name of a rotated file belongs to an older one");
  write("192.0.2.8");
  assert.equal(isIncomplete(), false);
  rmSync(`${path}.1`);
  rmSync(path);
  write("192.0.2.9");
  assert.equal(isIncomplete(), true, "there is no rotated file");
});

test("a file that was missing is read from its beginning", (context) => {
  const { path, open, write } = openLog(context);
  const log = open();
  assert.equal(log.read().state, "missing");
  write("192.0.2.1");
  assert.deepEqual(addresses(log), ["192.0.2.1"]);
  rmSync(path);
  assert.equal(log.read().state, "missing");
  write("192.0.2.2");
  assert.deepEqual(addresses(log), ["192.0.2.2"]);
});

test("a cursor resumes over a restart, also after a rotation", (context) => {
  const { path, open, write } = openLog(context);
  write("192.0.2.1");
  const before = open();
  before.read();
  write("192.0.2.2");
  renameSync(path, `${path}.1`);
  write("192.0.2.3");
  assert.deepEqual(addresses(open(before.cursor)), ["192.0.2.2", "192.0.2.3"]);
  assert.deepEqual(addresses(open("damaged")), []);
});

test("one read is bounded: the newest records are taken, and the others counted", (context) => {
  const { open, write } = openLog(context);
  write();
  const log = open();
  log.read();
  write(...Array.from({ length: 12_000 }, (_, i) => `192.0.2.${i % 250}`));
  const { records, skipped, isIncomplete } = log.read();
  assert.ok(records.length > 10_000 && records.length < 11_000, `${records.length}`);
  assert.equal(records.length + skipped, 12_000);
  assert.equal(isIncomplete, true);
  assert.equal(log.read().isIncomplete, false);
  assert.equal(records.at(-1)?.ip, "192.0.2.249");
});

test("a file in which sshd does not write is unsafe", (context) => {
  const { path, open, write } = openLog(context);
  write("192.0.2.1");
  const log = open();
  assert.equal(log.read().state, "readable");
  for (const mode of [0o664, 0o606, 0o670]) {
    chmodSync(path, mode);
    assert.equal(log.read().state, "unsafe", mode.toString(8));
  }
  chmodSync(path, 0o660);
  assert.equal(log.read().state, "readable");
  const other = new LoginLog({ path, forbiddenMode: 0o017, owner: owner + 1 });
  assert.equal(other.read().state, "unsafe");
});
