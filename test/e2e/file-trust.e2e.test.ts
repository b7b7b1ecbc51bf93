/**
 * As root, files that other users can write are refused: configuration, filters, state, database; links in the state
 * folder are not followed.
 */
import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { loadAll } from "../../src/jails/load-all.ts";
import { formatProblem } from "../../src/domain/problem.ts";
import { systemClock } from "../../src/host/system-clock.ts";
import { openBook } from "../../src/record/open-book.ts";

const SOMEBODY = 12_345;
const SHARED = 54_321;

let folder: string;
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), `bailiff-trust-${process.pid}-`));
  chmodSync(folder, 0o755);
  mkdirSync(at("filters"));
  writeFileSync(
    at("bailiff.toml"),
    `[filters]\ndirectories = ["${at("filters")}"]\n[jails.sshd]\n`,
  );
  writeFileSync(
    at("filters/own.toml"),
    'name = "own"\n[[rule]]\nid = "fail"\nis = "failure"\nline = "failed from {ip}"\n',
  );
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function problems(): Promise<string> {
  const loaded = await loadAll({ path: at("bailiff.toml"), env: {}, uid: 0 });
  return loaded.ok ? "" : loaded.error.map(formatProblem).join("\n");
}

async function refusalOfState(): Promise<unknown> {
  try {
    const path = at("state/bailiff.db");
    await using _book = openBook({ path, clock: systemClock, emit: () => undefined });
    return undefined;
  } catch (error) {
    return error;
  }
}

test("only files of root are used", async () => {
  assert.equal(await problems(), "");
  assert.equal(await refusalOfState(), undefined);
});

test("configuration that others may write is refused, with the user and a fix", async () => {
  chmodSync(at("bailiff.toml"), 0o666);
  assert.match(await problems(), /every user may write.*chmod o-w .*bailiff\.toml/);
  chmodSync(at("bailiff.toml"), 0o664);
  chownSync(at("bailiff.toml"), 0, SHARED);
  assert.match(await problems(), /group 54321 may write.*chmod g-w/);
  chmodSync(at("bailiff.toml"), 0o600);
  chownSync(at("bailiff.toml"), SOMEBODY, 0);
  assert.match(await problems(), /user 12345 may write.*chown root/);
});

test("a file in a folder that others may write is refused too", async () => {
  chmodSync(folder, 0o777);
  assert.match(await problems(), /a file below \/.* that every user may write/);
  chmodSync(folder, 0o1777);
  assert.equal(await problems(), "", "in a folder like /tmp nobody replaces what is another's");
});

test("a link is judged by its target", async () => {
  mkdirSync(at("theirs"));
  writeFileSync(at("theirs/part.toml"), "");
  chownSync(at("theirs"), SOMEBODY, SOMEBODY);
  mkdirSync(at("conf.d"));
  symlinkSync(at("theirs/part.toml"), at("conf.d/part.toml"));
  assert.match(await problems(), /below .*theirs that user 12345 may write/);
});

test("filters and fail2ban's files are configuration too", async () => {
  chmodSync(at("filters/own.toml"), 0o646);
  assert.match(await problems(), /own\.toml: found a file that every user may write/);
  chmodSync(at("filters/own.toml"), 0o644);
  mkdirSync(at("fail2ban/action.d"), { recursive: true });
  writeFileSync(at("fail2ban/jail.conf"), "[DEFAULT]\n");
  writeFileSync(at("fail2ban/action.d/mail.conf"), "[Definition]\n");
  writeFileSync(at("bailiff.toml"), `[fail2ban]\ndirectory = "${at("fail2ban")}"\n`);
  assert.equal(await problems(), "");
  chmodSync(at("fail2ban/action.d/mail.conf"), 0o666);
  assert.match(await problems(), /mail\.conf: found a file that every user may write/);
});

test("a state directory or a database that others may write is refused", async () => {
  mkdirSync(at("state"));
  chmodSync(at("state"), 0o777);
  assert.match(String(await refusalOfState()), /state may be written by every user/);
  chmodSync(at("state"), 0o755);
  writeFileSync(at("state/bailiff.db"), "");
  chownSync(at("state/bailiff.db"), SOMEBODY, SOMEBODY);
  assert.match(String(await refusalOfState()), /bailiff\.db may be written by user 12345/);
});

test("a link in place of a state file is not followed", async () => {
  mkdirSync(at("state"));
  for (const name of ["bailiff.db", "bailiff.db-wal", "bailiff.db-shm", "daemon.lock"]) {
    symlinkSync(at("victim"), at(`state/${name}`));
    lchownSync(at(`state/${name}`), SOMEBODY, SOMEBODY);
    const refusal = await refusalOfState();
    assert.match(String(refusal), new RegExp(`${name} is a symbolic link`));
    assert.ok(!existsSync(at("victim")), name);
    rmSync(at(`state/${name}`));
  }
});
