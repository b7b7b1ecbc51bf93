import assert from "node:assert/strict";
import { test } from "node:test";
import { isProgramOf, matchesProgram } from "./program-glob.ts";

test("a star is anything without a slash", () => {
  for (const [glob, name, expected] of [
    ["postfix/*/smtpd", "postfix/submission/smtpd", true],
    ["postfix/*/smtpd", "postfix/smtpd", false],
    ["postfix/*/smtpd", "postfix/a/b/smtpd", false],
    ["postfix*/smtpd", "postfix/smtpd", true],
    ["postfix*/smtpd", "postfix-in/smtpd", true],
    ["postfix*/smtpd", "postfix-in/submission/smtpd", false],
    ["postfix*/*/smtpd", "postfix-in/submission/smtpd", true],
    ["php*-fpm*", "php8.3-fpm", true],
    ["php*-fpm*", "php-fpm", true],
    ["a*a", "a", false],
    ["*ab*b", "aabab", true],
    ["*", "", true],
    ["sshd", "sshd", true],
    ["sshd", "sshd2", false],
  ] as const)
    assert.equal(matchesProgram(glob, name), expected, `${glob} ${name}`);
  assert.ok(isProgramOf(["x", "y*"], "yz"));
  assert.ok(!isProgramOf([], "yz"));
});
