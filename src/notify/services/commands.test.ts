/** Text of a message goes to commands on standard input only. */
import assert from "node:assert/strict";
import test from "node:test";
import { duration } from "../../domain/duration.ts";
import { instant } from "../../domain/instant.ts";
import type { Notice } from "../../domain/notifier.ts";
import { COMMAND } from "./command.ts";
import { noticeMail } from "./notice-mail.ts";
import { SENDMAIL } from "./sendmail.ts";
import type { Message } from "./service.ts";
import { USUAL_SETTINGS } from "./usual-settings.fixture.ts";
import { readMail } from "./read-mail.fixture.ts";

const COMMON = { ...USUAL_SETTINGS, timeout: duration(1000) };

function messageOf(...reasons: readonly string[]): Message {
  const notices = reasons.map((reason): Notice => {
    return {
      ...{ what: "jail-failed", level: "error", jail: "sshd", state: "blind", cause: "no-log" },
      ...{ ip: undefined, reason, fix: "look", at: instant(86_400_000), host: "web1" },
      ...{ problem: "jail-failed sshd", phase: "began" },
    };
  });
  return { host: "web1", notices, dropped: 0, id: "a1b2" };
}

test("a command gets the text, or the JSON of a webhook", () => {
  const settings = { ...COMMON, run: ["/bin/notify", "-x"], input: "text" } as const;
  const hostile = messageOf("$(reboot); `id` -oX");
  const text = COMMAND.request(hostile, { settings, secret: "" });
  assert.deepEqual(text, {
    argv: ["/bin/notify", "-x"],
    input: "bailiff on web1: sshd is blind: $(reboot); `id` -oX (to do: look)\n",
  });
  const json = COMMAND.request(hostile, { settings: { ...settings, input: "json" }, secret: "" });
  assert.ok("input" in json);
  assert.equal(JSON.parse(json.input).notices[0].reason, "$(reboot); `id` -oX");
});

test("sendmail gets recipients as arguments, and the mail on standard input", () => {
  const settings = {
    ...{ ...COMMON, program: "/usr/sbin/sendmail" },
    ...{ to: ["admin@example.org", "root"], from: "bailiff@example.org" },
  };
  const request = SENDMAIL.request(messageOf("none for 47m"), { settings, secret: "" });
  assert.ok("argv" in request);
  assert.deepEqual(request.argv, [
    ...["/usr/sbin/sendmail", "-i", "-f", "bailiff@example.org", "admin@example.org", "root"],
  ]);
  const { headers, text } = readMail(request.input);
  assert.deepEqual(headers, [
    "From: bailiff@example.org",
    "To: admin@example.org, root",
    "Subject: bailiff on web1: sshd is blind: none for 47m",
    "Date: Fri, 02 Jan 1970 00:00:00 +0000",
    "Message-ID: <a1b2@web1>",
    "Auto-Submitted: auto-generated",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: quoted-printable",
  ]);
  assert.equal(text, "sshd is blind: none for 47m (to do: look)\n");
  const unsent = SENDMAIL.request(messageOf("x"), {
    settings: { ...settings, from: undefined },
    secret: "",
  });
  assert.ok("argv" in unsent && !unsent.argv.includes("-f") && !/^From:/m.test(unsent.input));
});

test("a subject is the first notice, cut if it is long, and the number of the others", () => {
  const { subject } = noticeMail(messageOf("x".repeat(300), "y"));
  assert.equal(subject.slice(0, 40), `bailiff on web1: sshd is blind: ${"x".repeat(8)}`);
  assert.match(subject, /^.{120}… \(and 1 more\)$/);
});
