/** The login witness against a btmp that the test writes. */
import assert from "node:assert/strict";
import { appendFileSync, chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { type Instant, instant } from "../../../domain/instant.ts";
import type { Ip } from "../../../domain/ip.ts";
import { utmpRecord } from "../../../host/logins/utmp-record.fixture.ts";
import { LoginRecords } from "../../../pipeline/login-records.ts";
import type { WatchedJail } from "../../jail-check.ts";
import { LoginWitness } from "./login-witness.ts";

const START = Date.parse("2026-11-23T12:00:00Z");
const owner = process.getuid?.() ?? 0;

interface JailOptions {
  readonly state?: string;
  readonly records?: boolean;
  readonly unread?: number;
}

/** As much of a jail as the witness looks at. */
function jailWith({
  state = "reading",
  records = true,
  unread = 0,
}: JailOptions = {}): WatchedJail {
  const definition = {
    ...{ name: "sshd", programs: ["no-such-sshd"], rules: [{ id: "failed", recorded: true }] },
    ...(records ? { records_logins: { failed: ["ssh:notty"], succeeded: ["pts/*"] } } : {}),
  };
  const openFiles = [{ size: 1000, offset: 1000 - unread }];
  const live = { jail: { name: "sshd" }, definition, search: { source: { kind: "file" } } };
  const source = { kind: "file", where: "/var/log/auth.log", state, openFiles };
  return { live, source } as unknown as WatchedJail;
}

function openWitness(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-witness-${process.pid}-`));
  context.after(() => rmSync(folder, { recursive: true }));
  const paths = { failed: join(folder, "btmp"), succeeded: join(folder, "wtmp") };
  writeFileSync(paths.failed, "", { mode: 0o600 });
  const saved = new Map<string, string>();
  const stateStore = {
    load: (name: string) => saved.get(name),
    save: (name: string, text: string) => void saved.set(name, text),
  };
  let logins = new LoginRecords(stateStore, { ...paths, owner });
  /** Again as after a restart. */
  const open = () => {
    logins = new LoginRecords(stateStore, { ...paths, owner });
    return new LoginWitness({ logins });
  };
  let passed = 0;
  const now = () => instant(START + passed);
  return {
    ...{ open, paths, saved, now },
    pass: (seconds: number) => void (passed += seconds * 1000),
    record: (ip: string, count = 1) => {
      for (let n = 0; n < count; n++) appendFileSync(paths.failed, utmpRecord({ ip, at: now() }));
    },
    line: (ip: string, count = 1) =>
      logins.addLine(
        "sshd" as never,
        { outcome: "failed", ip: ip as Ip, at: now(), rule: "failed", repeated: count, line: "" },
        now(),
      ),
    verdict: (witness: LoginWitness, jail: WatchedJail) => {
      const [proof] = witness.proofs(jail, now());
      return proof?.kind === "found" ? proof.cause : proof?.kind;
    },
  };
}

test("lines of every record prove the flow; records without a line are blindness", (context) => {
  const { open, pass, record, line, verdict, now } = openWitness(context);
  const [witness, jail] = [open(), jailWith()];
  witness.look([jail], now());
  assert.equal(verdict(witness, jail), undefined, "nothing was recorded");
  pass(1);
  record("192.0.2.1", 3);
  line("192.0.2.1", 3);
  witness.look([jail], now());
  assert.equal(verdict(witness, jail), "proven");
  assert.match(
    witness.proofs(jail, now())[0]?.evidence ?? "",
    /^confirmed by btmp: 3 of 3 failed logins in the last hour$/,
  );
  pass(60);
  record("192.0.2.2", 3);
  witness.look([jail], now());
  assert.equal(verdict(witness, jail), "proven", "their lines may be on the way");
  pass(15);
  assert.equal(verdict(witness, jail), "logins-unlogged");
});

test("while lines wait to be read, nothing is missing yet", (context) => {
  const { open, pass, record, verdict, now } = openWitness(context);
  const [witness, jail] = [open(), jailWith()];
  witness.look([jail], now());
  pass(1);
  record("192.0.2.1", 3);
  pass(20);
  witness.look([jail], now());
  assert.equal(verdict(witness, jail), "logins-unlogged");
  const behind = { ...jail, source: jailWith({ unread: 7 }).source };
  assert.equal(verdict(witness, behind), "unproven");
});

test("a jail that is not read, or whose service records nothing, has no witness", (context) => {
  const { open, pass, record, verdict, now } = openWitness(context);
  const witness = open();
  const jails = [jailWith({ state: "opening" }), jailWith({ records: false })];
  witness.look(jails, now());
  pass(1);
  record("192.0.2.1", 3);
  pass(60);
  witness.look(jails, now());
  for (const jail of jails) assert.equal(verdict(witness, jail), undefined);
});

test("a file in which sshd does not write, or that is missing, proves nothing", (context) => {
  const { open, pass, record, verdict, now, paths } = openWitness(context);
  const [witness, jail] = [open(), jailWith()];
  witness.look([jail], now());
  pass(1);
  chmodSync(paths.failed, 0o666);
  record("192.0.2.1", 3);
  pass(60);
  witness.look([jail], now());
  assert.equal(verdict(witness, jail), undefined);
  rmSync(paths.failed);
  witness.look([jail], now());
  assert.equal(verdict(witness, jail), undefined);
});

test("after a restart reading resumes, and what came before the jail was read is not missed", (context) => {
  const { open, pass, record, line, verdict, now, saved } = openWitness(context);
  const before = open();
  const jail = jailWith();
  before.look([jail], now());
  assert.equal(saved.size, 1, "wtmp is missing");
  pass(1);
  record("192.0.2.1", 3);
  pass(60);
  const [witness, again] = [open(), jailWith()];
  witness.look([again], now());
  assert.equal(verdict(witness, again), undefined);
  pass(1);
  record("192.0.2.2");
  line("192.0.2.2");
  witness.look([again], now());
  assert.equal(verdict(witness, again), "proven");
});

test("a flood between two looks is compared as a whole", (context) => {
  const { open, pass, record, line, verdict, now } = openWitness(context);
  const [witness, jail] = [open(), jailWith()];
  witness.look([jail], now());
  pass(1);
  for (let n = 0; n < 5000; n++) {
    const ip = `10.0.${n >> 8}.${n & 255}`;
    record(ip);
    line(ip);
  }
  pass(20);
  witness.look([jail], now());
  assert.equal(verdict(witness, jail), "proven");
});

test("lines without a record are reported, once btmp is known to be written", (context) => {
  const { open, pass, record, line, verdict, now, paths } = openWitness(context);
  const [witness, jail] = [open(), jailWith()];
  witness.look([jail], now());
  const forge = (): void => {
    for (let n = 0; n < 3; n++) line("192.0.2.66");
    pass(10);
    witness.look([jail], now());
  };
  forge();
  assert.equal(verdict(witness, jail), undefined);
  record("192.0.2.1");
  line("192.0.2.1");
  pass(1);
  witness.look([jail], now());
  forge();
  assert.equal(verdict(witness, jail), "logins-unrecorded");
  assert.match(evidenceOf(witness, jail, now()), /so they lead to no ban$/);
  chmodSync(paths.failed, 0o666);
  forge();
  assert.match(
    evidenceOf(witness, jail, now()),
    /they still ban: sshd does not write to \S+: its owner or its permissions are wrong$/,
  );
  chmodSync(paths.failed, 0o600);
  forge();
  for (let minute = 0; minute < 10; minute++) {
    pass(60);
    forge();
  }
  assert.match(
    evidenceOf(witness, jail, now()),
    /they still ban: nothing has been recorded for 10 minutes$/,
  );
});

function evidenceOf(witness: LoginWitness, jail: WatchedJail, now: Instant): string {
  return witness.proofs(jail, now)[0]?.evidence ?? "";
}

test("skipped records are reported, because lines of that time need none", (context) => {
  const { open, pass, verdict, now, paths } = openWitness(context);
  const [witness, jail] = [open(), jailWith()];
  witness.look([jail], now());
  const su = utmpRecord({ ip: "0.0.0.0", terminal: "pts/0", at: now() });
  appendFileSync(paths.failed, Buffer.concat(Array.from({ length: 12_000 }, () => su)));
  pass(20);
  witness.look([jail], now());
  assert.equal(verdict(witness, jail), "records-skipped");
  assert.match(evidenceOf(witness, jail, now()), /^[\d,]+ records of btmp skipped: /);
  pass(601);
  assert.equal(verdict(witness, jail), undefined);
});
