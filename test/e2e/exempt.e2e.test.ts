/** Exempt addresses: a network that contains one is never blocked, whatever requests it, and offenses of one are shown. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openStage, THREE_STRIKES } from "./stage.ts";

const OFFENDER = "2001:db8:77::66";

function failures(ip: string): readonly string[] {
  const at = new Date().toISOString();
  return [1, 2, 3].map(
    (n) =>
      `${at} host sshd[${n}${Date.now() % 1000}]: Failed password for root from ${ip} port 4022 ssh2`,
  );
}

test("in a network with an exempt address only the offender is blocked, by rule, by hand and at the start", async () => {
  const ignoring = `ignoreip = ["127.0.0.0/8", "::1", "2001:db8:77::1"]`;
  await using stage = await openStage({
    sshd: "none",
    config: THREE_STRIKES.replace("[defaults]", `[defaults]\n${ignoring}`),
  });
  await stage.start();
  stage.write(failures(OFFENDER));
  await stage.untilBlocked(OFFENDER);
  assert.deepEqual(await stage.blocked(), [OFFENDER]);

  stage.write(failures("2001:db8:77::1"));
  await stage.untilEvent("ignored", { ip: "2001:db8:77::1" });
  const status = await stage.bailiff("status", "sshd");
  assert.match(
    status.output,
    /ignored +2001:db8:77::1 in sshd: 1 offense.*exempt: ignoreip 2001:db8:77::1/,
  );
  const why = await stage.bailiff("why", "2001:db8:77::1");
  assert.match(why.output, /Ignored offenses:\n +2001:db8:77::1 in sshd: 1 offense/);
  const [jail] = (await stage.ask("status", {})).jails;
  assert.equal(jail?.ignored[0]?.entry, "ignoreip 2001:db8:77::1");

  const refused = await stage.bailiff("ban", "2001:db8:77::/64");
  assert.equal(refused.code, 1);
  assert.match(
    refused.output,
    /NOT banned: it contains 2001:db8:77::1 \(ignoreip 2001:db8:77::1\), which is exempt/,
  );
  for (const nobody of ["0.0.0.0", "224.0.0.1", "ff02::1", "::"]) {
    const order = await stage.bailiff("ban", nobody);
    assert.equal(order.code, 1, nobody);
    assert.match(order.output, /no client has such an address/);
  }

  // A new entry lifts an existing ban, also in the kernel.
  assert.equal((await stage.bailiff("ban", "2001:db8:88::/64")).code, 0);
  assert.ok((await stage.blocked()).includes("2001:db8:88::"));
  const allowed = await stage.bailiff("allow", "2001:db8:88::5");
  assert.match(allowed.output, /1 ban lifted/);
  assert.deepEqual(await stage.blocked(), [OFFENDER]);

  const wide = await stage.bailiff("allow", "0.0.0.0/0");
  assert.equal(wide.code, 1);
  assert.equal(
    wide.output,
    "bailiff: not allowed: 0.0.0.0/0 would exempt every IPv4 address from bans\n  to allow it anyway: bailiff allow 0.0.0.0/0 --force",
  );
  assert.deepEqual(
    (await stage.bailiff("why", "192.0.2.66")).output.match(/exempt from bans/),
    null,
  );
  assert.equal((await stage.bailiff("allow", "--force", "0.0.0.0/0")).code, 0);
  const exempt = (await stage.bailiff("why", "192.0.2.66")).output;
  assert.match(
    exempt,
    /^192\.0\.2\.66: exempt from bans permanently: in 0\.0\.0\.0\/0, allowed by root \(uid 0\)$/m,
  );
  assert.match(exempt, /^Undo: bailiff allow --remove 0\.0\.0\.0\/0$/m);
  const notRemoved = await stage.bailiff("allow", "--remove", "192.0.2.66");
  assert.equal(notRemoved.code, 1);
  assert.match(
    notRemoved.output,
    /0\.0\.0\.0\/0 covers it:\s+bailiff allow --remove 0\.0\.0\.0\/0/,
  );
  const covered = await stage.bailiff("ban", "192.0.2.66");
  assert.match(
    covered.output,
    /NOT banned, [^]*;\s+to\s+end\s+the\s+exemption:\s+bailiff\s+allow\s+--remove\s+0\.0\.0\.0\/0/,
  );
  assert.equal((await stage.bailiff("allow", "--remove", "0.0.0.0/0")).code, 0);
  assert.doesNotMatch((await stage.bailiff("why", "192.0.2.66")).output, /exempt from bans|Undo/);

  // Also an entry that was added while the daemon was stopped.
  assert.equal((await stage.bailiff("ban", "2001:db8:99::/64")).code, 0);
  await stage.stop();
  stage.configure(
    THREE_STRIKES.replace(
      "[defaults]",
      `[defaults]\n${ignoring.replace("]", ', "2001:db8:99::1"]')}`,
    ),
  );
  await stage.start();
  await stage.untilFree("2001:db8:99::");
  assert.deepEqual(await stage.blocked(), [OFFENDER]);
});

test("if the host gets an address in a banned network, only the offender stays blocked", async () => {
  await using stage = await openStage({ sshd: "none" });
  await stage.start();
  stage.write(failures(OFFENDER));
  await stage.untilBlocked("2001:db8:77::");
  const own = ["addr", "add", "2001:db8:77::1/128", "dev", "lo"];
  await stage.lab.run("host", ["/usr/sbin/ip", ...own]);
  await stage.untilFree("2001:db8:77::");
  assert.deepEqual(await stage.blocked(), [OFFENDER]);
  const why = await stage.bailiff("why", OFFENDER);
  assert.match(why.output, /narrowed from 2001:db8:77::\/64, which contains an exempt address now/);
  assert.match(why.output, /Failed password for root from 2001:db8:77::66/);
});

test("entries that exempt nobody are shown by check, status, allow and doctor", async () => {
  const ignoring = `ignoreip = ["vpn.nosuch.invalid", "file:/no/such", "192.0.2.9"]`;
  await using stage = await openStage({
    sshd: "none",
    config: THREE_STRIKES.replace("[defaults]", `[defaults]\n${ignoring}`),
  });
  const check = await stage.bailiff("check");
  assert.equal(check.code, 0);
  assert.match(check.output, /vpn\.nosuch\.invalid exempts no address now: /);
  assert.match(check.output, /file:\/no\/such exempts no address now: no such file or directory/);
  await stage.start();
  await stage.untilEvent("name-unresolved", { name: "vpn.nosuch.invalid" });
  for (const words of [["status"], ["allow"], ["doctor"]]) {
    const { output } = await stage.bailiff(...words);
    assert.match(output, /ignoreip vpn\.nosuch\.invalid exempts no address: /, words.join(" "));
    assert.match(
      output,
      /ignoreip file:\/no\/such exempts no address: no such file/,
      words.join(" "),
    );
  }
});
