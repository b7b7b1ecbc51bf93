import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../../config/parse-config.ts";
import { withAutoJails } from "../../../config/auto-jails.ts";
import { instant } from "../../../domain/instant.ts";
import { parseJailName } from "../../../domain/jail-name.ts";
import type { SourceStatus } from "../../../domain/line-source.ts";
import { enableLinearRegex } from "../../../host/linear-regex.ts";
import { loadFilterCompiler } from "../../../jails/compile-any-filter.ts";
import { compileJails } from "../../../jails/compile-jails.ts";
import { openLibrary } from "../../../jails/load-filters.ts";
import type { WatchedJail } from "../../jail-check.ts";
import { droppedOf } from "./dropped-of.ts";

enableLinearRegex();

/** With empty `programs`, as in fail2ban's filters. */
async function watched(
  match: string,
  { of, programs = [] }: { readonly of: string; readonly programs?: readonly string[] },
): Promise<WatchedJail> {
  const { filters } = await (await openLibrary([])).read(["sshd"]);
  const compile = await loadFilterCompiler(filters.values());
  const config = await parseConfig([], {
    paths: { state: "/state", socket: "/socket" },
    ports: new Map(),
  });
  const name = parseJailName("sshd");
  assert.ok(config.ok && name !== undefined);
  const { jails } = withAutoJails(config.value, [name]);
  const [compiled] = compileJails(jails, { filters, compile }, []).jails;
  assert.ok(compiled !== undefined);
  const matches = match === "all" ? [[]] : match.split(" + ").map((group) => group.split(" "));
  const source: SourceStatus = {
    ...{ kind: "journal", where: "journal", state: "reading", reason: undefined },
    ...{ lines: 1, cutLines: 0, lastLineAt: undefined },
    dropped: [{ by: "systemd-journald", of, text: "Suppressed", count: 1234, at: instant(1) }],
  };
  const live = {
    ...compiled,
    definition: { ...compiled.definition, programs },
    search: { source: { kind: "journal", matches, directory: undefined }, looked: [] },
  } as const;
  return { live, source };
}

/** Units of programs on Debian. */
const UNITS: Readonly<Record<string, string>> = { sshd: "ssh.service", dovecot: "dovecot.service" };

async function isOwn(
  match: string,
  dropped: { readonly of: string; readonly programs?: readonly string[] },
): Promise<boolean> {
  const found = droppedOf(await watched(match, dropped), (names) =>
    names.flatMap((name) => UNITS[name] ?? []),
  );
  return found.length > 0;
}

test("lines of the unit that a matched program runs in may have been the jail's", async () => {
  const stock = "_SYSTEMD_UNIT=sshd.service + _COMM=sshd + _COMM=sshd-session";
  assert.ok(await isOwn(stock, { of: "ssh.service" }));
  assert.ok(await isOwn(stock, { of: "sshd.service" }));
  assert.ok(await isOwn("_COMM=sshd _UID=0", { of: "ssh.service" }));
  assert.ok(await isOwn("SYSLOG_IDENTIFIER=sshd _UID=0", { of: "ssh.service" }));
  assert.ok(await isOwn("_EXE=/usr/sbin/sshd", { of: "ssh.service" }));
  // Only the name of a program that has ended is known.
  assert.ok(await isOwn("_COMM=gone", { of: "gone.service" }));
  assert.ok(await isOwn("_COMM=gone", { of: "gone@1-192.0.2.1:22.service" }));
});

test("other units' lines are not", async () => {
  for (const unit of ["nginx.service", "dovecot.service", "session-3.scope"])
    assert.ok(!(await isOwn("_COMM=sshd _UID=0", { of: unit })), unit);
  assert.ok(!(await isOwn("_COMM=su", { of: "supervisor.service" })));
});

test("for a jail of any program, dropped lines of every unit count", async () => {
  assert.ok(await isOwn("all", { of: "nginx.service" }));
  assert.ok(await isOwn("_UID=33", { of: "nginx.service" }));
  assert.ok(!(await isOwn("all", { of: "nginx.service", programs: ["sshd"] })));
  assert.ok(await isOwn("all", { of: "ssh.service", programs: ["sshd"] }));
});

test("dropped lines of a container are those of its runtime", async () => {
  for (const unit of ["docker.service", "libpod-c0ffee.scope"])
    assert.ok(await isOwn("CONTAINER_NAME=web _UID=0", { of: unit }), unit);
  assert.ok(!(await isOwn("CONTAINER_NAME=web _UID=0", { of: "nginx.service" })));
});
