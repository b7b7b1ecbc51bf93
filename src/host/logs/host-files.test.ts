/** Reads facts from host files, each in a folder of the test. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { readLogForwarding } from "./log-forwarding.ts";
import { readLoginAccounts } from "../logins/login-accounts.ts";
import { readSecondFactors } from "../logins/second-factors.ts";

const root = mkdtempSync(join(tmpdir(), `bailiff-host-${process.pid}-`));
after(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, text: string): string {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  return full;
}

test("accounts with a password are counted, except locked ones and those without a shell or password", () => {
  const files = {
    passwd: put(
      "passwd",
      "root:x:0:0::/root:/bin/bash\nalice:x:1000:1000::/:/bin/sh\nbob:x:1001:1001::/:/bin/zsh\nold:x:1002:1002::/:/bin/sh\ndaemon:x:1:1::/:/usr/sbin/nologin\nopen:x:1003:1003::/:/bin/sh\n",
    ),
    shadow: put(
      "shadow",
      "root:*:1::::::\nalice:$y$j9T$abc$def:1::::::\nbob:!$6$locked:1::::::\nold:abcdefghijklm:1::::::\ndaemon:$6$x$y:1::::::\nopen::1::::::\n",
    ),
    nsswitch: put("nsswitch.conf", "passwd: files systemd sss [NOTFOUND=return]\ngroup: files\n"),
  };
  const accounts = readLoginAccounts(files);
  assert.deepEqual(accounts.withShell, ["root", "alice", "bob", "old", "open"]);
  assert.deepEqual(accounts.passwords, {
    known: true,
    value: { withPassword: 2, withoutAnyPassword: 1, rootHasPassword: false, elsewhere: ["sss"] },
  });
  assert.doesNotMatch(JSON.stringify(accounts), /\$y\$|abcdefghijklm/, "no hash is handed out");
});

test("second factors are found in sshd's PAM stack and in the files it includes", () => {
  put("pam.d/sshd", "auth required pam_unix.so\n@include common-auth\n# auth pam_duo.so\n");
  put("pam.d/common-auth", "auth required pam_google_authenticator.so nullok\n");
  const folder = join(root, "pam.d");
  assert.deepEqual(readSecondFactors(folder), { known: true, value: ["pam_google_authenticator"] });
  assert.deepEqual(readSecondFactors(join(root, "nothing")), { known: true, value: [] });
});

test("forwarding is found in rsyslog's old and new syntax, and nowhere else", () => {
  put(
    "etc/rsyslog.conf",
    "# *.* @@commented.example\nauth,authpriv.* /var/log/auth.log\n$IncludeConfig /etc/rsyslog.d/*.conf\n",
  );
  assert.deepEqual(readLogForwarding(root).forwards, []);
  put("etc/rsyslog.d/10.conf", "auth.* @@logs.example:514\n");
  put("etc/rsyslog.d/20.conf", '*.* action(type="omfwd"\n  target="192.0.2.5" port="514")\n');
  put("etc/rsyslog.d/30.conf.off", "*.* @ignored\n");
  assert.deepEqual(readLogForwarding(root).forwards, [
    "rsyslog to logs.example:514 (/etc/rsyslog.d/10.conf)",
    "rsyslog to 192.0.2.5 (/etc/rsyslog.d/20.conf)",
  ]);
});

test("whether the journal persists depends on Storage=, and for auto on its folder", () => {
  const kept = (): unknown => readLogForwarding(join(root, "j")).journal;
  put("j/run/systemd/journal/socket", "");
  assert.deepEqual(kept(), { known: true, value: "volatile" });
  put("j/var/log/journal/x", "");
  assert.deepEqual(kept(), { known: true, value: "persistent" });
  put("j/etc/systemd/journald.conf.d/a.conf", "[Journal]\nStorage=volatile\n");
  assert.deepEqual(kept(), { known: true, value: "volatile" });
});
