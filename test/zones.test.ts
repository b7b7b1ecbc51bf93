/** An address with a zone means the address, wherever it is written: in entries, orders, files, fail2ban's options, logs. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { readSubjects, requireSubject } from "../src/cli/read-subjects.ts";
import { ignoreListKind, parseIgnoreEntry } from "../src/config/kinds/ignore-entry.ts";
import { formatProblem } from "../src/domain/problem.ts";
import { loadFail2ban } from "../src/jails/load-fail2ban.ts";
import { createAddressFiles } from "../src/pipeline/allow/address-files.ts";
import { openVirtualDaemon } from "./scenario/virtual-daemon.ts";

// An entry may be written so, and is warned about; of a command it is not known which of the two is meant.
const WITH_HOST_BITS = "fe80::1%eth0/64";
const ACCEPTED = [
  ["fe80::1%eth0", "fe80::1"],
  ["fe80::1%enp0s31f6.100", "fe80::1"],
  ["FE80::1%2", "fe80::1"],
  ["fe80::%eth0/64", "fe80::/64"],
  [WITH_HOST_BITS, "fe80::/64"],
  ["fe80::1%eth0/128", "fe80::1"],
] as const;
const REFUSED = [
  ["fe80::/64%eth0", "write fe80::/64: an address here has no zone"],
  ["fe80::1%", "write fe80::1: an address here has no zone"],
  ["fe80::1%a-name-of-18-bytes", "write fe80::1: an address here has no zone"],
  ["192.0.2.7%eth0", "write 192.0.2.7: an address here has no zone"],
] as const;

test("entries of ignoreip and words of commands", async () => {
  for (const [text, subject] of ACCEPTED) {
    const entry = parseIgnoreEntry(text);
    assert.equal(entry?.kind === "subject" ? entry.subject : undefined, subject, text);
    if (text !== WITH_HOST_BITS) assert.deepEqual(await readSubjects([text]), [subject]);
  }
  for (const [text, hint] of REFUSED) {
    const read = ignoreListKind.read([text], {}, new Map());
    assert.deepEqual(read.ok ? [] : read.error.map((one) => one.hint), [hint], text);
    assert.throws(() => requireSubject(text), { hint });
  }
  await assert.rejects(readSubjects([WITH_HOST_BITS]), {
    hint: "write fe80::/64 for the network, or fe80::1%eth0 for the address alone",
  });
});

test("files of addresses, and ignoreip of fail2ban, where % is doubled", async () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-zones-${process.pid}-`));
  try {
    writeFileSync(join(folder, "friends"), ACCEPTED.map(([text]) => text).join("\n"));
    const files = createAddressFiles(() => undefined);
    assert.deepEqual(
      files.of(join(folder, "friends")),
      ACCEPTED.map(([, subject]) => subject),
    );
    mkdirSync(join(folder, "f/filter.d"), { recursive: true });
    writeFileSync(join(folder, "f/filter.d/app.conf"), "[Definition]\nfailregex = ^x <HOST>$\n");
    const entries = [...ACCEPTED, ...REFUSED].map(([text]) => text.replace("%", "%%"));
    const jail = `[app]\nenabled = true\nbackend = polling\nlogpath = /etc/hosts\nfilter = app\n`;
    writeFileSync(join(folder, "f/jail.conf"), `${jail}ignoreip = ${entries.join(" ")}\n`);
    const { jails, leftOut, warnings } = await loadFail2ban(join(folder, "f"));
    assert.deepEqual(leftOut, []);
    for (const [text] of ACCEPTED) assert.ok(jails[0]?.config.includes(`"${text}"`), text);
    const said = warnings.map(formatProblem).join("\n");
    for (const [, hint] of REFUSED) assert.ok(said.includes(hint), `${hint}\n${said}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("lines of logs, bans, exemptions and questions about them", async () => {
  const WHO = "operator";
  await using daemon = await openVirtualDaemon(
    '[defaults]\nenforcer = "memory"\nmaxretry = 2\n[jails.sshd]\nsource = { file = ["/story"] }\n',
  );
  const line = (zone: string): string =>
    `Failed password for root from fe80::7%${zone} port 40022 ssh2`;
  await daemon.read([line("eth0"), line("wlan0")], "live");
  const why = await daemon.answer.why({ subject: "fe80::7%eth0" }, WHO);
  assert.equal(why.subject, "fe80::7");
  assert.match(why.verdict, /^banned by sshd .*, observed only/, "two zones, one address");
  await daemon.answer.ban({ subject: "fe80::8%eth0" }, WHO);
  await daemon.answer.allow({ subject: "fe80::9%eth0" }, WHO);
  assert.match((await daemon.answer.why({ subject: "fe80::8" }, WHO)).verdict, /by hand/);
  assert.match((await daemon.answer.why({ subject: "fe80::9" }, WHO)).verdict, /^exempt from bans/);
  await daemon.answer.unban({ subjects: ["fe80::8%wlan0"], all: false }, WHO);
  assert.match((await daemon.answer.why({ subject: "fe80::8" }, WHO)).verdict, /^not banned/);
});
