import assert from "node:assert/strict";
import { test } from "node:test";
import { leaveLocalhost, refuseRequest, type RequestFacts } from "./request-guard.ts";

const POST: RequestFacts = {
  method: "POST",
  path: "/api/login",
  host: "127.0.0.1:8470",
  origin: "http://127.0.0.1:8470",
  site: "same-origin",
};

function codeOf(change: Partial<RequestFacts>): string {
  const names = new Set(["bailiff.example.com"]);
  return refuseRequest({ ...POST, ...change }, names)?.code ?? "accepted";
}

test("only names of this host and configured ones are accepted, with any port", () => {
  const page = { method: "GET", path: "/", origin: undefined, site: "none" };
  for (const host of ["127.0.0.1:8470", "127.0.0.1", "[::1]:8470", "bailiff.example.com"])
    assert.equal(codeOf({ ...page, host }), "accepted", host);
  // A name of an attacker that resolves to 127.0.0.1.
  for (const host of [
    "rebind.example.net:8470",
    "localhost:8470",
    "127.0.0.1.example.net",
    "localhost.example.net",
    "",
    undefined,
  ])
    assert.equal(codeOf({ ...page, host }), "other-host", String(host));
});

test("a change must come from the origin of this page", () => {
  assert.equal(codeOf({}), "accepted");
  assert.equal(codeOf({ site: undefined }), "accepted", "an older browser");
  for (const origin of [
    "http://127.0.0.1:9999",
    "http://localhost:8470",
    "https://example.net",
    "null",
    "",
    undefined,
  ])
    assert.equal(codeOf({ origin }), "other-origin", String(origin));
});

test("another site may neither ask nor change, whatever else it sends", () => {
  for (const site of ["cross-site", "same-site", "none"]) {
    assert.equal(codeOf({ site }), "other-origin");
    assert.equal(codeOf({ site, method: "GET", origin: undefined }), "other-origin");
  }
  assert.equal(codeOf({ method: "GET", origin: undefined }), "accepted");
});

test("localhost is left for the address on which the dashboard listens, with the same port", () => {
  assert.equal(leaveLocalhost("localhost:9000", "127.0.0.1"), "127.0.0.1:9000");
  assert.equal(leaveLocalhost("LOCALHOST", "[::1]"), "[::1]");
  for (const host of ["127.0.0.1:8470", "localhost.example.net", "localhost:x", "", undefined])
    assert.equal(leaveLocalhost(host, "127.0.0.1"), undefined, String(host));
});
