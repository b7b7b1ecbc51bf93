import assert from "node:assert/strict";
import test from "node:test";
import { createEntryTest, isLoginAccount, isServiceUnit, provesSender } from "./journal-sender.ts";

test("only fields from the kernel prove whose process wrote an entry", () => {
  const proving = ["_UID=0", "_SYSTEMD_UNIT=ssh.service", "_SYSTEMD_CGROUP=/system.slice/x"];
  for (const field of proving) assert.equal(provesSender(["_COMM=sshd", field]), true, field);
  const chosen = [
    "_COMM=sshd",
    "_EXE=/usr/sbin/sshd",
    "_CMDLINE=sshd: root [priv]",
    "SYSLOG_IDENTIFIER=sshd",
    "CONTAINER_NAME=web",
    "_TRANSPORT=syslog",
    "_SYSTEMD_USER_UNIT=sshd.service",
  ];
  for (const field of chosen) assert.equal(provesSender([field]), false, field);
});

test("accounts for people, and their processes, are distinguished from services", () => {
  for (const uid of ["1000", "1001", "60000", "100000", "65536"])
    assert.equal(isLoginAccount(uid), true, uid);
  // Root, a system account, DynamicUser=, nobody, and the kernel itself.
  for (const uid of ["0", "33", "999", "61184", "65519", "65534", undefined])
    assert.equal(isLoginAccount(uid), false, String(uid));
});

test("the scope of a login and a user's manager are not services", () => {
  assert.equal(isServiceUnit("ssh.service"), true);
  assert.equal(isServiceUnit("ssh@1-192.0.2.1:22-192.0.2.9:4242.service"), true);
  for (const unit of ["session-3.scope", "user@1000.service", undefined])
    assert.equal(isServiceUnit(unit), false, String(unit));
});

test("a slice proves a sender unless it contains every service or every login", () => {
  for (const slice of ["system.slice", "user.slice", "-.slice"])
    assert.equal(provesSender([`_SYSTEMD_SLICE=${slice}`]), false, slice);
  assert.equal(provesSender(["_SYSTEMD_SLICE=mail.slice"]), true);
});

test("the kernel is a proven sender, another transport beside it is not", () => {
  assert.equal(provesSender(["_TRANSPORT=kernel"]), true);
  assert.equal(provesSender(["_TRANSPORT=syslog"]), false);
  assert.equal(provesSender(["_TRANSPORT=kernel", "_TRANSPORT=syslog"]), false);
});

test("a match that names its sender trusts all entries, other matches trust only root and the kernel", () => {
  const accepts = createEntryTest([["_COMM=a", "_COMM=b"], ["_SYSTEMD_UNIT=mail.service"]]);
  const entry = (fields: Readonly<Record<string, string>>): boolean =>
    accepts({ journal: new Map(Object.entries(fields)) });
  assert.equal(entry({ _SYSTEMD_UNIT: "mail.service", _UID: "1000" }), true);
  for (const _COMM of ["a", "b"]) {
    assert.equal(entry({ _COMM, _UID: "0" }), true, "either value of one field");
    assert.equal(entry({ _COMM }), true, "the kernel has no account");
    assert.equal(entry({ _COMM, _UID: "33" }), false, "anybody may call a process so");
  }
  assert.equal(entry({ _COMM: "c", _UID: "0" }), false);
});
