import assert from "node:assert/strict";
import test from "node:test";
import { instant } from "../domain/instant.ts";
import type { LineFields } from "../domain/line-batch.ts";
import { loadFilters, SHIPPED_FILTERS } from "./load-filters.ts";
import { acceptsOf } from "./source-plan.ts";

function line(journal: Readonly<Record<string, string>>): LineFields {
  const rest = { at: instant(0), host: "h", program: "sshd", pid: 7 };
  return { ...rest, journal: new Map(Object.entries(journal)) };
}

async function acceptsSshd(): Promise<(fields: LineFields) => boolean> {
  const { filters } = await loadFilters([SHIPPED_FILTERS]);
  const matches = filters.get("sshd")?.journal.map((match) => match.split(" ")) ?? [];
  const accepts = acceptsOf({ kind: "journal", matches, directory: undefined });
  assert.ok(accepts);
  return accepts;
}

test("the shipped sshd filter takes what root's sshd writes, wherever it runs", async () => {
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

test("and nothing that another account calls sshd", async () => {
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

test("a match that names no sender takes services' entries, not those of accounts for people", () => {
  for (const match of ["_COMM=myapp", "SYSLOG_IDENTIFIER=myapp", "CONTAINER_NAME=myapp"]) {
    const accepts = acceptsOf({ kind: "journal", matches: [[match]], directory: undefined });
    const [name = "", value = ""] = match.split("=");
    for (const _UID of ["0", "33", "61200"])
      assert.equal(accepts?.(line({ [name]: value, _UID })), true, match);
    assert.equal(accepts?.(line({ [name]: value, _UID: "1000" })), false, match);
    assert.equal(accepts?.(line({ [name]: value, _UID: "231072" })), false, match);
  }
});

test("an operator who names the account means it", () => {
  const matches = [["_COMM=myapp", "_UID=1000"]];
  const accepts = acceptsOf({ kind: "journal", matches, directory: undefined });
  assert.equal(accepts?.(line({ _COMM: "myapp", _UID: "1000" })), true);
  assert.equal(accepts?.(line({ _COMM: "myapp", _UID: "1001" })), false);
});

test("the whole journal is everything but what the daemon itself and accounts for people write", () => {
  for (const matches of [[[]], [[], ["_COMM=x"]]]) {
    const accepts = acceptsOf({ kind: "journal", matches, directory: undefined });
    const system = { _UID: "0" };
    assert.equal(accepts?.(line(system)), true);
    assert.equal(accepts?.({ ...line(system), program: "bailiff" }), false);
    assert.equal(accepts?.({ ...line(system), pid: process.pid }), false);
    assert.equal(accepts?.(line({ ...system, _SYSTEMD_UNIT: "bailiff.service" })), false);
    assert.equal(accepts?.(line({ _UID: "1000" })), false);
  }
});
