/** Services by name: enable, disable and services through the real program, with a daemon that runs and without one. */
import assert from "node:assert/strict";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openStage, type Stage } from "./stage.ts";

let stage: Stage;
let log: string;

before(async () => {
  stage = await openStage({ sshd: "none" });
  log = join(stage.lab.folder, "error.log");
  appendFileSync(log, "");
  stage.configure(configuration());
  await stage.start();
});

after(() => stage[Symbol.asyncDispose]());

/** nginx is prepared and turned off, and other services of the machine are left alone. */
function configuration(more = ""): string {
  return `[filters]
automatic = "never"

[jails.sshd]

[jails.nginx]
enabled = false
source = { file = [${JSON.stringify(log)}] }
maxretry = 3
${more}`;
}

function parts(): readonly string[] {
  const folder = join(stage.lab.folder, "conf.d");
  return existsSync(folder) ? readdirSync(folder) : [];
}

function attack(address: string): void {
  const lines = Array.from({ length: 3 }, (_, i) => {
    const time = new Date().toISOString().slice(0, 19).replaceAll("-", "/").replace("T", " ");
    return `${time} [error] 7#7: *${i} user "admin" was not found in "/etc/nginx/users", client: ${address}, server: _, request: "GET / HTTP/1.1", host: "example.org"\n`;
  });
  appendFileSync(log, lines.join(""));
}

async function says(pattern: RegExp, code: number, ...args: readonly string[]): Promise<string> {
  const { code: got, output } = await stage.bailiff(...args);
  assert.match(output, pattern);
  assert.equal(got, code, output);
  return output;
}

test("an enabled service is protected immediately, and disable undoes it", async () => {
  await says(/nginx +not found|nginx/, 1, "services");
  await says(
    /^nginx is enabled \(failed logins\): read from .*error\.log\. Undo: bailiff disable nginx$/m,
    0,
    "enable",
    "nginx",
  );
  assert.deepEqual(parts(), ["service-nginx.toml"]);
  attack("192.0.2.71");
  await stage.untilEvent("ban", { ip: "192.0.2.71", jail: "nginx" });
  await stage.untilBlocked("192.0.2.71");
  await says(/^nginx is already enabled/m, 0, "enable", "nginx");
  await says(
    /^nginx is disabled\. Undo: bailiff enable nginx\n1 ban stays until it ends; to lift: bailiff unban --all --jail nginx$/m,
    0,
    ...["disable", "nginx"],
  );
  assert.ok((await stage.blocked()).includes("192.0.2.71"));
  await says(/^192\.0\.2\.71 unbanned/m, 0, "unban", "--all", "--jail", "nginx");
  assert.deepEqual(parts(), []);
  const { jails } = await stage.ask("status", {});
  assert.deepEqual(
    jails.map(({ name }) => name),
    ["sshd"],
  );
  await says(/^nginx is not enabled: nothing to disable\.$/m, 0, "disable", "nginx");
});

test("enable warns of a log in which clients can have others banned", async () => {
  const { output } = await stage.bailiff("enable", "grafana");
  assert.match(output, /^Warning: grafana logs the address that a client sends in X-Real-IP/m);
  await says(/^grafana is disabled/m, 0, "disable", "grafana");
});

test("a service that a file enables is disabled by a separate file", async () => {
  await says(/^sshd is disabled \(.*conf\.d\/service-sshd\.toml\)/m, 0, "disable", "sshd");
  assert.match(
    readFileSync(join(stage.lab.folder, "conf.d/service-sshd.toml"), "utf8"),
    /enabled = false/,
  );
  assert.deepEqual((await stage.ask("status", {})).jails, []);
});

test("enable removes the file of disable, and leaves one that was edited in force", async () => {
  const path = join(stage.lab.folder, "conf.d/service-sshd.toml");
  await says(/^sshd is enabled/m, 0, "enable", "sshd");
  assert.deepEqual(parts(), []);
  assert.deepEqual(
    (await stage.ask("status", {})).jails.map(({ name }) => name),
    ["sshd"],
  );
  await says(/^sshd is disabled/m, 0, "disable", "sshd");
  appendFileSync(path, "maxretry = 7\n");
  await says(/^sshd is enabled.*\nWarning: .*gone: maxretry = 7$/m, 0, "enable", "sshd");
  assert.match(readFileSync(path, "utf8"), /enabled = true/);
  rmSync(path);
  await stage.ask("reload", {});
});

test("abuse is counted on request, and a later enable ends that", async () => {
  await says(/^nginx is enabled \(failed logins and abuse\)/m, 0, "enable", "--abuse", "nginx");
  const modeOf = async (): Promise<string | undefined> =>
    (await stage.ask("status", {})).jails.find(({ name }) => name === "nginx")?.mode;
  assert.equal(await modeOf(), "abuse");
  await says(/^nginx is enabled \(failed logins\)/m, 0, "enable", "nginx");
  assert.equal(await modeOf(), "normal");
  await says(/^nginx is disabled/m, 0, "disable", "nginx");
});

test("other names mean a service, and a service that has no filter says why", async () => {
  await says(/^apache is enabled/m, 0, "enable", "Apache2", "httpd");
  assert.deepEqual(parts(), ["service-apache.toml"]);
  await says(/^apache is disabled/m, 0, "disable", "httpd");
  await says(/^mysql /m, 0, "services", "mariadb");
  await says(/unknown service "wireguard"\n.*logs nothing about others/, 64, "enable", "wireguard");
});

test("a jail of another name is not taken for a service", async () => {
  stage.configure(configuration('\n[jails.mariadb]\nfilter = "sshd"\nsource = "none"\n'));
  await says(/"mariadb"\n.*it is a jail, .*\[jails\.mariadb\]/, 64, "disable", "mariadb");
  stage.configure(configuration());
});

test("a service about abuse alone is not enabled for logins", async () => {
  await says(/portsentry recognizes abuse, not failed logins/, 64, "enable", "portsentry");
  assert.deepEqual(parts(), []);
});

test("a mistake changes nothing", async () => {
  await says(/unknown service "ngnix"\n.*did you mean "nginx"\?/, 64, "enable", "nginx", "ngnix");
  assert.deepEqual(parts(), []);
  stage.configure(configuration('findtime = "soon"\n'));
  await says(
    /nothing was changed, because the configuration is already invalid.*\n.*findtime/,
    78,
    "enable",
    "nginx",
  );
  assert.deepEqual(parts(), []);
  stage.configure(configuration());
  const later = join(stage.lab.folder, "conf.d/zz.toml");
  await says(/^nginx is enabled/m, 0, "enable", "nginx");
  await says(/^nginx is disabled/m, 0, "disable", "nginx");
  writeFileSync(later, "[jails.nginx]\nenabled = false\n");
  await says(
    /nothing was changed: .*zz\.toml sets \[jails\.nginx\] otherwise/,
    64,
    "enable",
    "nginx",
  );
  assert.deepEqual(parts(), ["zz.toml"]);
  rmSync(later);
});

test("what would not start, and an administrator's link, are refused", async () => {
  const folder = join(stage.lab.folder, "conf.d");
  const link = join(folder, "service-nginx.toml");
  const target = join(stage.lab.folder, "shared.toml");
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o777);
  await says(
    /nothing was changed, because the configuration would be invalid:\n.*conf\.d that every user may/,
    78,
    ...["enable", "nginx"],
  );
  assert.deepEqual(parts(), []);
  chmodSync(folder, 0o755);
  for (const [text, order] of [
    ["[jails.nginx]\nenabled = false\n", "enable"],
    ["[jails.nginx]\nenabled = true\n", "disable"],
  ] as const) {
    writeFileSync(target, text);
    symlinkSync(target, link);
    const { code, output } = await stage.bailiff(order, "nginx");
    assert.notEqual(code, 0);
    assert.match(output, /cannot be written: it is a symbolic link to .*shared\.toml/);
    assert.equal(readlinkSync(link), target);
    assert.equal(readFileSync(target, "utf8"), text);
    rmSync(link);
  }
});

test("fail2ban's jails are not changed", async () => {
  const directory = join(stage.lab.folder, "fail2ban");
  mkdirSync(directory);
  writeFileSync(join(directory, "jail.conf"), "[DEFAULT]\n");
  stage.configure(`[fail2ban]\ndirectory = ${JSON.stringify(directory)}\n`);
  await says(/jails come from .*fail2ban, which bailiff does not change/, 64, "enable", "nginx");
  await says(/jails come from/, 64, "disable", "sshd");
  stage.configure(configuration());
});

test("without a daemon it takes effect at the next start", async () => {
  await stage.stop();
  await says(
    /^nginx is enabled .*\nThe daemon is not running: this takes effect at its next start\.$/m,
    0,
    ...["enable", "nginx"],
  );
  await says(
    /^nginx .* the daemon is not running; start it: systemctl start bailiff$/m,
    1,
    "services",
  );
  await stage.start();
  attack("192.0.2.72");
  await stage.untilEvent("ban", { ip: "192.0.2.72", jail: "nginx" });
});
