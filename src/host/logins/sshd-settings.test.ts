import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSshdOptions, parseSshdRules } from "./sshd-settings.ts";

function rules(text: string) {
  return parseSshdRules(`port 22\n${text}\n`);
}

test("which settings accept a password, and whether it is sufficient", () => {
  const table: readonly (readonly [string, readonly string[], boolean])[] = [
    ["passwordauthentication yes", ["PasswordAuthentication"], true],
    ["passwordauthentication no", [], false],
    ["usepam yes\nkbdinteractiveauthentication yes", ["KbdInteractiveAuthentication"], true],
    ["usepam yes\nchallengeresponseauthentication yes", ["KbdInteractiveAuthentication"], true],
    ["usepam no\nkbdinteractiveauthentication yes", [], false],
    [
      "passwordauthentication yes\nauthenticationmethods publickey,password",
      ["PasswordAuthentication"],
      false,
    ],
    [
      "passwordauthentication yes\nauthenticationmethods publickey password",
      ["PasswordAuthentication"],
      true,
    ],
    [
      "passwordauthentication yes\nauthenticationmethods publickey",
      ["PasswordAuthentication"],
      false,
    ],
  ];
  for (const [text, by, enough] of table) {
    const { passwordBy, passwordIsEnough } = rules(text);
    assert.deepEqual(passwordBy, by, text);
    assert.equal(passwordIsEnough, enough, text);
  }
});

test("a second method is required only when every alternative needs two", () => {
  assert.equal(rules("authenticationmethods any").severalMethods, false);
  assert.equal(rules("authenticationmethods publickey,password").severalMethods, true);
  assert.equal(rules("authenticationmethods publickey,password publickey").severalMethods, false);
});

test("limits and root login", () => {
  const { limits, rootLogin, emptyPasswords } = rules(
    "permitrootlogin prohibit-password\nallowusers alice\nallowusers bob@10.0.0.*\npermitemptypasswords yes",
  );
  assert.deepEqual(limits, ["AllowUsers alice bob@10.0.0.*"]);
  assert.equal(rootLogin, "without-password");
  assert.equal(emptyPasswords, true);
});

test("only options that change settings are taken from a running sshd", () => {
  assert.deepEqual(
    parseSshdOptions(
      "sshd: /usr/sbin/sshd -D -f /srv/sshd_config -o UsePAM=no [listener] 0 of 10-100 startups\0",
    ),
    ["-f", "/srv/sshd_config", "-o", "UsePAM=no"],
  );
  assert.deepEqual(parseSshdOptions(["/usr/sbin/sshd", "-D", "-p", "2222", ""].join("\0")), [
    "-p",
    "2222",
  ]);
});
