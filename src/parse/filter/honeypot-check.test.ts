import assert from "node:assert/strict";
import { test } from "node:test";
import { createHoneypotCheck } from "./honeypot-check.ts";

const PATHS = ["/old-admin/", "/a/b.zip", "/gr%C3%BCn", "/x~y"];
const isHoneypot = createHoneypotCheck({ paths: PATHS, ignoreCase: false });

for (const target of [
  "/old-admin",
  "/old-admin/",
  "/old-admin/login.php?next=/",
  "/old-admin?x",
  "/old-admin#x",
  "//old-admin",
  "///old-admin//x",
  "/./old-admin",
  "/docs/../old-admin",
  "/a/../b/../old-admin",
  "/../../old-admin",
  "/old%2Dadmin",
  "/%6f%6C%64-admin",
  "/%2e/old-admin",
  "/%2Fold-admin",
  "\\x2Fold-admin",
  "http://www.example.org/old-admin",
  "HTTPS://www.example.org:443//old-admin?x",
  "/a/b.zip",
  "/a//b.zip/c",
  "/grün",
  "/gr\\xC3\\xBCn",
  "/gr%c3%bcn",
  "/x%7ey",
])
  test(`${target} is a honeypot`, () => assert.ok(isHoneypot(target)));

for (const target of [
  "/",
  "",
  "*",
  "/Old-Admin",
  "/old-administration",
  "/docs/old-admin",
  "/old-admin/../index.html",
  "/?q=/old-admin",
  "/#/old-admin",
  "http://old-admin/",
  "http://www.example.org",
  "/%256fld-admin",
  "/a",
  "/b.zip",
  "/x%zz",
])
  test(`${target || "nothing"} is no honeypot`, () => assert.ok(!isHoneypot(target)));

test("where the service ignores case, so does the check", () => {
  const ignoresCase = createHoneypotCheck({ paths: ["/Old-Admin"], ignoreCase: true });
  for (const target of ["/old-admin", "/OLD-ADMIN/x", "/%4fld-admin"])
    assert.ok(ignoresCase(target));
});

test("the root is never a honeypot", () => {
  const isRoot = createHoneypotCheck({ paths: ["/.", "/a/..", "/%2f"], ignoreCase: false });
  for (const target of ["/", "/index.html", ""]) assert.ok(!isRoot(target), target);
});
