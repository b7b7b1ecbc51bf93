/** Channels whose keys are valid one by one, and wrong together. */
import assert from "node:assert/strict";
import test from "node:test";
import { formatProblem } from "../domain/problem.ts";
import { parsePortNames } from "../host/services/port-names.ts";
import { parseConfig } from "./parse-config.ts";

const CONTEXT = {
  paths: { state: "/var/lib/bailiff", socket: "/run/bailiff.sock" },
  ports: parsePortNames(""),
};
const PLACE = 'from = "bailiff@example.org"\nto = ["admin@example.org"]\n';

async function problemsOf(keys: string): Promise<string> {
  const text = `[notify.smtp]\n${keys}`;
  const parsed = await parseConfig([{ path: "/etc/0.toml", text }], CONTEXT);
  return parsed.ok ? "" : parsed.error.map(formatProblem).join("\n");
}

test("a mail to another host is encrypted", async () => {
  assert.match(
    await problemsOf(`host = "mail.example.org"\nsecurity = "none"\n${PLACE}`),
    /^\/etc\/0\.toml:3:12: notify\.smtp\.security: found "none", expected "starttls" or "tls", because mail\.example\.org is another host/,
  );
  for (const host of ["localhost", "127.0.0.1", "::1"])
    assert.equal(await problemsOf(`host = "${host}"\nsecurity = "none"\n${PLACE}`), "");
});

test("a user has a password", async () => {
  const user = `host = "mail.example.org"\nuser = "bailiff"\n${PLACE}`;
  assert.match(await problemsOf(user), /user without password_file/);
  assert.equal(await problemsOf(`${user}password_file = "/etc/bailiff/smtp.password"`), "");
  const relative = await problemsOf(`${user}password_file = "smtp.password"`);
  assert.doesNotMatch(relative, /user without/);
});

test("a missing or wrong host is the only mistake", async () => {
  const rest = `security = "none"\n${PLACE}`;
  assert.match(await problemsOf(rest), /^[^\n]*\[notify\.smtp\] without host[^\n]*$/);
  for (const wrong of ["mail.example.org:25", "smtp://mail", "192.0.2.300", "-x", ""])
    assert.match(
      await problemsOf(`host = "${wrong}"\n${rest}`),
      /^[^\n]*a host name or an address/,
    );
});
