import assert from "node:assert/strict";
import { test } from "node:test";
import { redact } from "./redact.ts";

test("a credential disappears whole, in each form that a service may repeat", () => {
  const secret = 'api:pass:wo"rd/tail';
  const base64 = Buffer.from(secret).toString("base64");
  for (const form of [secret, 'pass:wo"rd/tail', base64, encodeURIComponent(secret)])
    assert.equal(redact(`before ${form} after`, secret), "before … after");
  assert.equal(redact(JSON.stringify({ got: secret }), secret), '{"got":"…"}');
});

test("a part that another part contains does not leave the rest of it", () => {
  assert.equal(redact("abcdefgh", "abcd:abcdefgh"), "…");
});

test("parts of one to three characters stay, so that the text is legible", () => {
  assert.equal(redact("the api answered", "api:secret"), "the api answered");
});
