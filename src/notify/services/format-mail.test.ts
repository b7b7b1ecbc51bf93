/** A mail has the form of RFC 5322, and no text in it begins a header. */
import assert from "node:assert/strict";
import test from "node:test";
import { USUAL_SETTINGS } from "./usual-settings.fixture.ts";
import { duration } from "../../domain/duration.ts";
import { formatMail, type MailContent } from "./format-mail.ts";
import { SMTP } from "./smtp.ts";
import { readMail, type ReadMail } from "./read-mail.fixture.ts";

const FROM_ROOT = { from: undefined, to: ["root"] };

function contentOf(more: Partial<MailContent>): MailContent {
  return {
    id: "a1b2",
    host: "web1",
    at: 86_400_000,
    subject: "a subject",
    text: "a text",
    ...more,
  };
}

function subjectOf({ headers }: ReadMail): string {
  const line = headers.find((one) => one.startsWith("Subject: ")) ?? "";
  const words = line.slice("Subject: ".length).split(" ");
  const parts = words.map((word) => {
    const [, code = ""] = /^=\?UTF-8\?B\?([\w+/=]+)\?=$/.exec(word) ?? assert.fail(word);
    assert.ok(word.length <= 75);
    return Buffer.from(code, "base64").toString();
  });
  return parts.join("");
}

test("a mail keeps every character of a hostile text, in short lines of ASCII", () => {
  for (const text of [
    `=3D ${"ü€ 🙂".repeat(60)}`,
    ".",
    "From somebody",
    `${"x".repeat(200)} ends with blanks   `,
    "\\u000aBcc: victim@example.org",
    "first\n\n.\nBcc: victim@example.org",
  ]) {
    const read = readMail(formatMail(contentOf({ text }), FROM_ROOT));
    assert.equal(read.headers.length, 8);
    assert.equal(read.text, `${text}\n`);
  }
});

test("a subject and a host name with line breaks stay in their headers", () => {
  const subject = "sshd: \r\nBcc: victim@example.org\n\nA body";
  const mail = formatMail(contentOf({ subject, host: "web1>\r\nBcc: x" }), FROM_ROOT);
  const read = readMail(mail);
  assert.equal(read.headers.length, 8);
  assert.equal(subjectOf(read), subject);
  assert.ok(read.headers.includes("Message-ID: <a1b2@web1---Bcc--x>"));
  assert.doesNotMatch(mail, /^Bcc/m);
});

test("a subject with other characters is in encoded words", () => {
  const subject = "grüße 🙂 ".repeat(30);
  assert.equal(subjectOf(readMail(formatMail(contentOf({ subject }), FROM_ROOT))), subject);
});

test("a page is attached as a file beside the text", () => {
  const html = `<!doctype html><p>${"ü€".repeat(100)}</p>`;
  const page = { name: 'a"\n/../b.html', html };
  const mail = formatMail(contentOf({ text: "--bailiff\n=_a1b2", page }), FROM_ROOT);
  const [, boundary = ""] = /^Content-Type: multipart\/mixed; boundary="(.+)"$/m.exec(mail) ?? [];
  const [head = "", text = "", file = "", end] = mail.split(`--${boundary}`);
  assert.match(head, /^Auto-Submitted: auto-generated\n/m);
  assert.match(text, /\n\n--bailiff\n=3D_a1b2\n$/);
  assert.match(file, /^Content-Disposition: attachment; filename="a---..-b.html"$/m);
  const coded = file.slice(file.indexOf("\n\n")).trim();
  assert.ok(coded.split("\n").every((line) => line.length <= 76));
  assert.equal(Buffer.from(coded, "base64").toString(), html);
  assert.equal(end, "--\n");
});

test("smtp: the connection is encrypted unless it stays on this host and nobody logs in", () => {
  const none = { port: undefined, security: undefined, user: undefined, password_file: undefined };
  const base = {
    ...{ ...USUAL_SETTINGS, ...none, timeout: duration(1000), ca_file: undefined },
    ...{ from: "bailiff@example.org", to: ["admin@example.org"] },
  };
  const message = { host: "web1", notices: [], dropped: 0, id: "a1b2" };
  const login = { user: "u", password_file: "/p" };
  for (const [keys, expected] of [
    [{ host: "mail.example.org" }, ["starttls", 587]],
    [{ host: "192.0.2.1" }, ["starttls", 587]],
    [{ host: "localhost" }, ["none", 25]],
    [{ host: "127.0.0.2" }, ["none", 25]],
    [{ host: "::1" }, ["none", 25]],
    [{ host: "::1", ...login }, ["starttls", 587]],
    [{ host: "mail.example.org", security: "tls" }, ["tls", 465]],
    [{ host: "mail.example.org", port: 465 }, ["tls", 465]],
    [{ host: "mail.example.org", port: 465, security: "starttls" }, ["starttls", 465]],
    [{ host: "mail.example.org", port: 2525 }, ["starttls", 2525]],
  ] as const) {
    const request = SMTP.request(message, { settings: { ...base, ...keys }, secret: "pw" });
    assert.ok("mail" in request);
    assert.deepEqual([request.security, request.port], expected, JSON.stringify(keys));
    assert.deepEqual(request.login, "user" in keys ? { user: "u", password: "pw" } : undefined);
    assert.doesNotMatch(request.mail, /pw/);
  }
});
