/** Which jails of stock filters the checks compare with bailiff's filter of the same service. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import { readDirectory } from "../read-directory.ts";
import { toNative } from "../to-native.ts";

const FILTERS = join(import.meta.dirname, "../../../../filters");

function comparedWith(filter: string, options = "", fileOptions = ""): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), "bailiff-compare-"));
  try {
    mkdirSync(join(directory, "filter.d"));
    const name = filter.replace(/\[.*/, "");
    const file = `[Definition]\nfailregex = ^failed <HOST>$\n${fileOptions}`;
    writeFileSync(join(directory, `filter.d/${name}.conf`), file);
    const jail = `[door]\nenabled = true\nfilter = ${filter}\nlogpath = /x\n${options}`;
    writeFileSync(join(directory, "jail.conf"), jail);
    const host = { logExists: () => true, machineId: undefined, hasPython: false };
    const read = readDirectory({ directory, version: "1.0.2" });
    const [native] = toNative(read, { ...host, isPort: () => true });
    return /^compare_with = "(?<name>.*)"$/m.exec(native?.filter.text ?? "")?.groups?.["name"];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("stock filters of failed logins are compared with a filter that exists", () => {
  const files = readdirSync(FILTERS, { recursive: true, encoding: "utf8" });
  const shipped = new Set(files.map((file) => basename(file, ".toml")));
  for (const [stock, native, fileOptions] of [
    ["sshd", "sshd"],
    ["sshd[mode=aggressive]", "sshd"],
    ["dropbear", "dropbear"],
    ["nginx-http-auth", "nginx"],
    ["apache-auth[mode=normal]", "apache"],
    ["nginx-http-auth[mode=normal]", "nginx", "mode = fallback\n"],
    ["dovecot", "dovecot"],
    ["vsftpd", "vsftpd"],
    ["proftpd", "proftpd"],
    ["pure-ftpd", "pure-ftpd"],
    ["mysqld-auth", "mysql"],
    ["roundcube-auth", "roundcube"],
  ] as const) {
    assert.equal(comparedWith(stock, "", fileOptions), native, stock);
    assert.ok(shipped.has(native), native);
  }
});

test("what leaves out failed logins on purpose is not compared", () => {
  for (const filter of ["sshd[mode=ddos]", 'sshd[mode="ddos"]', "my-door", "recidive"])
    assert.equal(comparedWith(filter), undefined, filter);
  assert.equal(comparedWith("sshd", "ignoreregex = for git from\n"), undefined);
  assert.equal(comparedWith("sshd", "", "ignoreregex = for git from\n"), undefined);
  assert.equal(comparedWith("nginx-http-auth", "", "mode = fallback\n"), undefined);
  assert.equal(comparedWith("nginx-http-auth", "", "[Init]\nmode = fallback\n"), undefined);
});
