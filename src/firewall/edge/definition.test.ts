import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { parseDefinition, parsePrefixes } from "./definition.ts";
import { parseAwsCredentials, parseRetryAfter } from "./service-client.ts";
import { fillText, fillValue, readPath } from "./template.ts";

const SHIPPED = fileURLToPath(new URL("../../../edges/", import.meta.url));

test("every shipped definition is valid, and names its documentation or is unverified", () => {
  const paths = globSync(`${SHIPPED}*.toml`);
  assert.ok(paths.length >= 7);
  for (const path of paths) {
    const parsed = parseDefinition(basename(path), readFileSync(path, "utf8"));
    assert.ok(parsed.ok, parsed.ok ? "" : parsed.error);
    const { documentation, unverified } = parsed.value;
    assert.ok(unverified || documentation.length > 0, path);
  }
});

test("prefix lengths are single ones and ranges", () => {
  const lengths = (text: string): readonly number[] => {
    const has = parsePrefixes(text) ?? assert.fail(text);
    return Array.from({ length: 129 }, (_, n) => n).filter((n) => has(n));
  };
  assert.deepEqual(lengths("16 24 32"), [16, 24, 32]);
  assert.deepEqual(lengths("30-32 64"), [30, 31, 32, 64]);
  for (const text of ["", "8-", "a", "8,32", "8  32"]) assert.equal(parsePrefixes(text), undefined);
});

test("placeholders are filled in texts, and whole values at any depth", () => {
  const values = { a: "x/y", list: [1, 2], id: "*1" };
  assert.equal(fillText("/p/{a}/{id}/{other}", values, encodeURIComponent), "/p/x%2Fy/*1/{other}");
  assert.deepEqual(fillValue({ items: "{list}", deep: [{ to: "{a}!" }, 3, true] }, values), {
    items: [1, 2],
    deep: [{ to: "x/y!" }, 3, true],
  });
});

test("values are read from answers by their own keys only", () => {
  const answer = { result: [{ ".id": "*1" }], none: null };
  assert.equal(readPath(answer, "result/0/.id"), "*1");
  assert.equal(readPath(answer, ""), answer);
  for (const path of ["result/1", "none/x", "constructor", "result/0/toString", "x/y"])
    assert.equal(readPath(answer, path), undefined);
});

test("Retry-After is a number of seconds or a date, and bounded", () => {
  const now = Date.UTC(2026, 0, 1);
  assert.equal(parseRetryAfter("7", now), 7000);
  assert.equal(parseRetryAfter("Thu, 01 Jan 2026 00:00:09 GMT", now), 9000);
  assert.equal(parseRetryAfter("999999", now), 3_600_000);
  for (const text of [undefined, "", "-5", "soon", "Thu, 01 Jan 2015 00:00:00 GMT"])
    assert.equal(parseRetryAfter(text, now), 0);
});

test("credentials of AWS have a session token or none", () => {
  assert.deepEqual(parseAwsCredentials("ID:SECRET"), {
    ...{ accessKeyId: "ID", secretAccessKey: "SECRET" },
    sessionToken: undefined,
  });
  assert.equal(parseAwsCredentials("ID:SECRET:a:b").sessionToken, "a:b");
});
