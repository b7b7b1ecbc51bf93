import assert from "node:assert/strict";
import { test } from "node:test";
import { parseHttpUrl, showHttpUrl } from "./http-url.ts";

test("a URL is displayed with its host only", () => {
  const url = parseHttpUrl(" https://me:word@hooks.example.org:8443/T0/SECRET?token=1#x\n");
  assert.ok(url !== undefined);
  assert.equal(showHttpUrl(url), "https://hooks.example.org:8443/…");
});

test("other texts are not URLs", () => {
  for (const text of ["", "hooks.example.org/x", "ftp://example.org/", "https://", "https:///x"])
    assert.equal(parseHttpUrl(text), undefined, text);
});
