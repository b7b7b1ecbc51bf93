/** Only a valid and complete address counts, in every pattern, rule, branch and JSON field. */
import assert from "node:assert/strict";
import test from "node:test";
import v8 from "node:v8";
import { instant } from "../../domain/instant.ts";
import { compileFilter } from "../filter/compile-filter.ts";
import { createLineRouter } from "./line-router.ts";
import { readFilter } from "../filter/read-filter.ts";

v8.setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");
v8.setFlagsFromString("--enable-experimental-regexp-engine");

type Rule = Readonly<Record<string, unknown>>;

/** The rule and the peer of each line; "" for an unrecognized line. */
function read(rules: readonly Rule[], lines: readonly string[]): readonly string[] {
  const rule = rules.map((one, i) => ({ id: `r${i}`, is: "failure", ...one }));
  const definition = readFilter({ name: "f", programs: ["p"], rule }, "f");
  assert.ok(definition.ok, JSON.stringify(definition));
  const filter = compileFilter(definition.value, "normal");
  assert.ok(filter.ok, JSON.stringify(filter));
  const router = createLineRouter([{ filter: filter.value, accepts: undefined }], () => 0);
  const found = lines.map(() => "");
  const text = lines.map((line) => `Nov 23 04:11:05 web1 p[1]: ${line}\n`).join("");
  const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
  router.route(batch, instant(0), {
    matched: (_entry, { rule: id, ip, host }, { number }) => {
      found[number] = `${id} ${ip ?? host ?? ""}`;
    },
    unrecognized() {},
  });
  return found;
}

const LONG = "x".repeat(2000);

test("an IPv6 address that ends like a port is the same address for all patterns of a filter", () => {
  for (const rules of [
    [{ line: ["from {ip}:{port}", "from {ip}"] }],
    [{ line: "from {ip}:{port}" }, { line: "from {ip}" }],
    [{ line: "{from {ip}:{port}|from {ip}}" }],
    [{ line: "from {host}:{port}" }, { line: "from {host}" }],
    [{ line: ["from {ip}:80", "from {ip}"] }],
    [{ line: ["from {user:name}:{ip}", "from {ip}"] }],
    [{ line: ["from {n:int}:{ip}", "from 2001:{ip}", "from {ip}"] }],
    [{ line: ["from {user:name}:{host}", "from {ip}"] }],
  ]) {
    const [line] = read(rules, ["from 2001:db8::7:80"]);
    assert.match(line ?? "", /^r[0-2] 2001:db8::7:80$/, JSON.stringify(rules));
  }
  for (const second of ["{ip}", "{host}"]) {
    const json = [{ json: { a: `${second}:{port}` } }, { json: { a: second } }];
    assert.deepEqual(read(json, ['{"a":"2001:db8::7:80"}', '{"a":"2001:db8::7:40122"}']), [
      "r1 2001:db8::7:80",
      "r0 2001:db8::7",
    ]);
  }
});

test("text that only resembles an address does not prevent matches of other positions and rules", () => {
  const anywhere = { line: "login {*}{ip}{*}" };
  const lines = [
    "login bob failed for 192.0.2.7 in 10.0.19045.5371",
    `login bob failed for 192.0.2.7 in 10.0.19045.5371 ${LONG}`,
    "login bob failed for 192.0.2.7 in 1:2:3:4:5:6:7::8 x",
    "login bob failed for 192.0.2.7 at 01.02.03.04",
    "login 999.1.1.1",
  ];
  assert.deepEqual(read([anywhere], lines), [...Array<string>(4).fill("r0 192.0.2.7"), ""]);
  const rules = [{ line: "failed {ip} x{*}" }, { line: "failed {host} x{*}" }];
  for (const end of ["x", `x${LONG}`])
    assert.deepEqual(read(rules, [`failed 999.1.1.1 ${end}`, `failed 192.0.2.7 ${end}`]), [
      "r1 999.1.1.1",
      "r0 192.0.2.7",
    ]);
  const json = [{ json: { a: "{ip}" } }, { json: { b: "{ip}" } }];
  assert.deepEqual(read(json, ['{"a":"300.0.2.7","b":"192.0.2.7"}']), ["r1 192.0.2.7"]);
});

test("a port may follow an address with a clear end", () => {
  const lines = ["failed ::ffff:192.0.2.7:4242", "failed 192.0.2.7:4242", "failed fe80::1%eth0:22"];
  const found = ["r0 192.0.2.7", "r0 192.0.2.7", "r0 fe80::1"];
  assert.deepEqual(read([{ line: "{*}{ip}{*}" }], lines), found);
  assert.deepEqual(read([{ line: "failed {ip}:{port}" }], lines), found);
});
