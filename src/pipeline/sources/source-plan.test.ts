import assert from "node:assert/strict";
import test from "node:test";
import { instant } from "../../domain/instant.ts";
import type { LineFields } from "../../domain/line-batch.ts";
import { openLibrary } from "../../jails/load-filters.ts";
import { acceptsOf } from "./source-plan.ts";

function line(journal: Readonly<Record<string, string>>): LineFields {
  const rest = { at: instant(0), host: "h", program: "sshd", pid: 7 };
  return { ...rest, journal: new Map(Object.entries(journal)) };
}

async function acceptsSshd(): Promise<(fields: LineFields) => boolean> {
  const { filters } = await (await openLibrary([])).read(["sshd"]);
  const matches = filters.get("sshd")?.journal.map((match) => match.split(" ")) ?? [];
  const accepts = acceptsOf({ kind: "journal", matches, directory: undefined });
  assert.ok(accepts);
  return accepts;
}

test("the shipped sshd filter reads entries of root's sshd in any unit", async () => {
  const accepts = await acceptsSshd();
  for (const unit of [
    "ssh.service",
    "sshd.service",
    "ssh@3-198.51.100.4:22-192.0.2.7:40122.service",
    "session-7.scope",
    "dropbear-replacement.service",
  ])
    for (const _COMM of ["sshd", "sshd-session", "sshd-auth"])
      assert.ok(accepts(line({ _COMM, _UID: "0", _SYSTEMD_UNIT: unit })), `${unit} ${_COMM}`);
});

test("and no entry of another account named sshd", async () => {
  const accepts = await acceptsSshd();
  for (const journal of [
    { _COMM: "sshd", _UID: "1000", _SYSTEMD_UNIT: "session-7.scope" },
    // A shell of a login without pam_systemd, a user's own unit, a copy of the program, a service that was taken over.
    { _COMM: "sshd-session", _UID: "1000", _SYSTEMD_UNIT: "ssh.service" },
    { _COMM: "sshd", _UID: "1000", _SYSTEMD_UNIT: "user@1000.service" },
    { _COMM: "sshd", _UID: "1000", _EXE: "/usr/sbin/sshd", SYSLOG_IDENTIFIER: "sshd" },
    { _COMM: "sshd", _UID: "33", _SYSTEMD_UNIT: "apache2.service" },
    { SYSLOG_IDENTIFIER: "sshd" },
  ])
    assert.equal(accepts(line(journal)), false, JSON.stringify(journal));
});

test("a match without a sender reads only root's entries", () => {
  for (const match of ["_COMM=myapp", "SYSLOG_IDENTIFIER=myapp", "CONTAINER_NAME=myapp"]) {
    const accepts = acceptsOf({ kind: "journal", matches: [[match]], directory: undefined });
    const [name = "", value = ""] = match.split("=");
    assert.equal(accepts?.(line({ [name]: value, _UID: "0" })), true, match);
    for (const _UID of ["33", "999", "1000", "61200", "65534", "231072"])
      assert.equal(accepts?.(line({ [name]: value, _UID })), false, `${match} ${_UID}`);
  }
});

test("several matches are judged separately, as in fail2ban's journalmatch of sshd", () => {
  const matches = [["_SYSTEMD_UNIT=ssh.service"], ["_COMM=sshd"]];
  const accepts = acceptsOf({ kind: "journal", matches, directory: undefined });
  const foreign = { _COMM: "sshd", _SYSTEMD_UNIT: "apache2.service" };
  for (const _UID of ["33", "65534"]) {
    assert.equal(accepts?.(line({ ...foreign, _UID })), false, _UID);
    assert.equal(accepts?.(line({ _SYSTEMD_UNIT: "ssh.service", _COMM: "x", _UID })), true, _UID);
  }
  assert.equal(accepts?.(line({ ...foreign, _UID: "0" })), true);
});

test("a service with its own account is identified by its unit or uid", () => {
  const entry = line({ _COMM: "smtpd", _UID: "104", _SYSTEMD_UNIT: "postfix@-.service" });
  for (const match of ["_SYSTEMD_UNIT=postfix@-.service", "_UID=104"]) {
    const accepts = acceptsOf({ kind: "journal", matches: [[match]], directory: undefined });
    assert.equal(accepts?.(entry), true, match);
  }
  const slice = [["_COMM=smtpd", "_SYSTEMD_SLICE=system.slice"]];
  const accepts = acceptsOf({ kind: "journal", matches: slice, directory: undefined });
  const elsewhere = line({ _COMM: "smtpd", _UID: "33", _SYSTEMD_SLICE: "system.slice" });
  assert.equal(accepts?.(elsewhere), false);
});

test("two values of one field are alternatives, as in fail2ban's journalmatch of postfix", () => {
  const matches = [
    ["_SYSTEMD_UNIT=postfix.service", "_SYSTEMD_UNIT=postfix@-.service", "_COMM=smtpd"],
  ];
  const accepts = acceptsOf({ kind: "journal", matches, directory: undefined });
  for (const unit of ["postfix.service", "postfix@-.service"])
    assert.equal(accepts?.(line({ _SYSTEMD_UNIT: unit, _COMM: "smtpd", _UID: "104" })), true);
  assert.equal(accepts?.(line({ _SYSTEMD_UNIT: "x.service", _COMM: "smtpd", _UID: "104" })), false);
  assert.equal(accepts?.(line({ _SYSTEMD_UNIT: "postfix.service", _COMM: "x" })), false);
});

test("a match that names an account trusts it", () => {
  const matches = [["_COMM=myapp", "_UID=1000"]];
  const accepts = acceptsOf({ kind: "journal", matches, directory: undefined });
  assert.equal(accepts?.(line({ _COMM: "myapp", _UID: "1000" })), true);
  assert.equal(accepts?.(line({ _COMM: "myapp", _UID: "1001" })), false);
});

test("the whole journal means entries of root and the kernel, except the daemon's own", () => {
  for (const matches of [[[]], [[], ["_COMM=x"]]]) {
    const accepts = acceptsOf({ kind: "journal", matches, directory: undefined });
    const system = { _UID: "0" };
    assert.equal(accepts?.(line(system)), true);
    assert.equal(accepts?.({ ...line(system), program: "bailiff" }), false);
    assert.equal(accepts?.({ ...line(system), pid: process.pid }), false);
    assert.equal(accepts?.(line({ ...system, _SYSTEMD_UNIT: "bailiff.service" })), false);
    assert.equal(accepts?.(line({})), true);
    for (const _UID of ["33", "1000", "65534"]) assert.equal(accepts?.(line({ _UID })), false);
  }
});
