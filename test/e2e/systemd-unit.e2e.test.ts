/** The units of packaging/systemd under a real systemd: the daemon starts, protects within its sandbox, reloads and ends. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { bootSystemd, type Machine } from "./boot-systemd.ts";
import { untilTrue } from "./stage.ts";

const UNITS = join(import.meta.dirname, "../../packaging/systemd");

let machine: Machine;

before(async () => {
  machine = await bootSystemd();
});

after(() => machine[Symbol.asyncDispose]());

function good(...argv: readonly string[]): string {
  const { code, output } = machine.run(...argv);
  assert.equal(code, 0, `${argv.join(" ")}: ${output}`);
  return output;
}

function configure(toml: string): void {
  good(
    "sh",
    "-c",
    'mkdir -p /etc/bailiff; printf "%s" "$1" > /etc/bailiff/bailiff.toml',
    "sh",
    toml,
  );
}

function property(name: string): string {
  return good("systemctl", "show", "--property", name, "--value", "bailiff").trim();
}

test("systemd finds no fault with the units, and little exposure", () => {
  for (const unit of ["bailiff.service", "bailiff-restore.service"]) {
    good("systemd-analyze", "verify", "--man=no", unit);
    const rating = execFileSync(
      "systemd-analyze",
      ["security", "--offline=true", join(UNITS, unit)],
      { encoding: "utf8" },
    );
    const [, exposure = "10"] = /exposure level for [\w.-]+: ([\d.]+)/.exec(rating) ?? [];
    assert.ok(Number(exposure) <= 3, `exposure ${exposure} of 10`);
  }
});

test("systemd finds no fault with the drop-in that has sshd wait for bans, which orders it and no more", () => {
  const conf = readFileSync(join(UNITS, "before-services.conf"), "utf8");
  const folder = "/etc/systemd/system/bailiff.service.d";
  const path = `${folder}/before-services.conf`;
  good("sh", "-c", `mkdir -p ${folder}; printf "%s" "$1" > ${path}`, "sh", conf);
  good("systemctl", "daemon-reload");
  assert.equal(good("systemd-analyze", "verify", "--man=no", "bailiff.service"), "");
  const before = good("systemctl", "show", "--property", "Before", "--value", "bailiff");
  assert.match(before, /\bssh\.service\b/);
  for (const need of ["RequiredBy", "Requires"])
    assert.doesNotMatch(good("systemctl", "show", "--property", need, "--value", "bailiff"), /ssh/);
  good("rm", path);
  good("systemctl", "daemon-reload");
});

test("the unit is started when the daemon protects, and it bans within its sandbox", async () => {
  configure(
    '[daemon]\nsocket_group = "adm"\n[jails.sshd]\nsource = { file = ["/var/log/auth.log"] }\n',
  );
  good("systemctl", "start", "bailiff");
  // After ten seconds the unit is started even if the daemon does not protect yet.
  await untilTrue(() => property("StatusText") === "1 of 1 jail protecting", "it protects");
  assert.match(good("bailiff", "status", "sshd"), /^sshd: protecting/);
  good("bailiff", "ban", "203.0.113.9");
  assert.match(good("nft", "list", "set", "inet", "bailiff", "v4_32"), /203\.0\.113\.9/);
  assert.match(good("ls", "-l", "/run/bailiff/bailiff.sock"), /^srw-rw---- 1 root adm/);
  const main = property("MainPID");
  assert.match(good("cat", `/proc/${main}/status`), /^CapEff:\t0000000000003005$/m);
});

test("within its sandbox it can write an accepted rule", () => {
  const line = "lab sshd[900000]: Denied password for root from 192.0.2.9 port 40022 ssh2";
  const lines = Array.from({ length: 12 }, () => `$(date +'%b %e %T') ${line}`).join("\n");
  good("sh", "-c", `printf '%s\\n' "${lines}" >> /var/log/auth.log`);
  const client = "/opt/bailiff/test/e2e/control-page/plain-client.ts";
  const node = "/opt/bailiff/node_modules/.bin/node";
  const send = (command: string, input: object): string =>
    good(node, client, "/run/bailiff/bailiff.sock", command, JSON.stringify(input));
  let number: number | undefined;
  for (let tries = 0; tries < 100 && number === undefined; tries++)
    number = JSON.parse(send("drift", { jail: "sshd" })).value[0].shapes[0]?.number;
  const added = JSON.parse(send("add_rule", { number, is: "failure" }));
  assert.equal(added.value?.path, "/etc/bailiff/filters/sshd.local.toml", JSON.stringify(added));
  assert.match(good("ls", "-l", added.value.path), /^-rw-r--r-- 1 root root/);
});

test("a deny list in a read-only folder is reported with the line that the unit needs", async () => {
  good("mkdir", "-p", "/etc/denied");
  configure(
    '[enforcers.deny]\nkind = "file"\nformat = "plain"\npath = "/etc/denied/list"\n[jails.sshd]\nenforcer = ["nftables", "deny"]\nsource = { file = ["/var/log/auth.log"] }\n',
  );
  good("systemctl", "reload", "bailiff");
  const said = (): string => machine.run("bailiff", "doctor").output.replace(/\s+/g, " ");
  await untilTrue(
    async () => said().includes("ReadWritePaths=/etc/denied under [Service]"),
    said(),
  );
  assert.match(said(), /cannot write \/etc\/denied\/list: read-only file system/);
  assert.match(machine.run("bailiff", "status").output.replace(/\s+/g, " "), /ReadWritePaths/);
});

test("within its sandbox a self-test passes with the machine's sshd, PAM and journal", () => {
  good("systemctl", "start", "ssh");
  configure('[jails.sshd]\nsource = { journal = ["_SYSTEMD_UNIT=ssh.service"] }\n');
  good("systemctl", "reload", "bailiff");
  assert.match(good("bailiff", "verify", "sshd"), /^sshd: proven end to end in /);
  assert.doesNotMatch(good("bailiff", "bans"), /198\.51\.100|2001:db8/);
});

test("members of the socket's group may only read", () => {
  const member = [
    "setpriv",
    "--reuid=65534",
    "--regid=adm",
    "--clear-groups",
    "env",
    "HOME=/nonexistent",
  ];
  assert.match(good(...member, "bailiff", "bans"), /203\.0\.113\.9/);
  assert.equal(machine.run(...member, "bailiff", "unban", "--all").code, 77);
});

test("a reload keeps it running, and fails with the old configuration in force if the new one is invalid", () => {
  const main = property("MainPID");
  // Here sshd logs to the journal alone, so a jail on a file would soon be blind.
  configure('[jails.sshd]\nsource = { journal = ["_SYSTEMD_UNIT=ssh.service"] }\nmaxretry = 9\n');
  good("systemctl", "reload", "bailiff");
  configure("[jails.sshd]\nmaxretri = 9\n");
  assert.equal(machine.run("systemctl", "reload", "bailiff").code, 1);
  const journal = good("journalctl", "--unit=bailiff", "--output=cat", "--no-pager");
  assert.match(journal, /configuration refused, the previous one stays in force/);
  // What the command prints is where `systemctl status` shows it.
  assert.match(journal, /^bailiff: the configuration is invalid/m);
  assert.match(good("bailiff", "status"), /^sshd +protecting/m);
  assert.equal(property("ActiveState"), "active");
  assert.equal(property("MainPID"), main);
});

test("stop keeps the bans in the kernel, without a false alarm; an invalid configuration causes no restart loop", async () => {
  configure(
    '[defaults]\nenforcer = ["nftables", "route"]\n[jails.sshd]\nsource = { file = ["/var/log/auth.log"] }\n',
  );
  good("systemctl", "reload", "bailiff");
  const routes = (): string => good("ip", "route", "show", "type", "blackhole");
  await untilTrue(async () => routes().includes("203.0.113.9"), "the route holds the ban");
  // Otherwise it depends on chance whether ip monitor or the daemon ends first.
  assert.equal(property("KillMode"), "mixed");
  good("systemctl", "stop", "bailiff");
  assert.equal(property("Result"), "success");
  assert.match(good("nft", "list", "set", "inet", "bailiff", "v4_32"), /203\.0\.113\.9/);
  assert.match(routes(), /203\.0\.113\.9/);
  const journal = good("journalctl", "--unit=bailiff", "--output=cat", "--no-pager");
  assert.doesNotMatch(journal, /firewall monitor lost/);
  configure("[jails.sshd]\nmaxretri = 9\n");
  assert.notEqual(machine.run("systemctl", "start", "bailiff").code, 0);
  assert.equal(property("ExecMainStatus"), "78");
  assert.equal(property("ActiveState"), "failed");
});
