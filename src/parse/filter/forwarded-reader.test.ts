import assert from "node:assert/strict";
import { test } from "node:test";
import type { FilterDefinition } from "../../domain/filter-definition.ts";
import { compileForwarded, type ForwardedReader } from "./forwarded-reader.ts";

function reader(keys: Partial<FilterDefinition>): ForwardedReader {
  const head = { name: "web", description: "", path: "web.toml", programs: [], journal: [] };
  const compiled = compileForwarded({
    ...head,
    files: [],
    ports: [],
    rules: [],
    samples: [],
    ...keys,
  });
  assert.ok(compiled.ok && compiled.value !== undefined, JSON.stringify(compiled));
  return compiled.value;
}

test("a pattern reads the field from a line with or without a header", () => {
  const read = reader({ forwarded_line: ["{*}] {request:quoted} {forwarded:quoted}"] });
  const line = '[28/Nov/2026] "GET / HTTP/1.1" "203.0.113.9, 192.0.2.7"';
  assert.equal(read(line), "203.0.113.9, 192.0.2.7");
  assert.equal(read(`Nov 28 09:19:59 web1 nginx: ${line}\r`), "203.0.113.9, 192.0.2.7");
  assert.equal(read('[28/Nov/2026] "GET / HTTP/1.1" "-"'), "-");
  assert.equal(read('[28/Nov/2026] "GET / HTTP/1.1"'), undefined);
  assert.equal(read(String.raw`[x] "GET /" "for=\x22[2001:db8::7]\x22"`), 'for="[2001:db8::7]"');
  // An escaped quote within a quoted text stays one, or a client could end the text there.
  const pair = String.raw`for=192.0.2.7;host="\", for=203.0.113.9"`;
  assert.equal(
    read(`[x] "GET /" "${pair.replaceAll("\\", "\\x5C").replaceAll('"', "\\x22")}"`),
    pair,
  );
  assert.equal(read(`[x] "GET /" "${pair.replaceAll(/["\\]/g, "\\$&")}"`), pair);
});

test("a long line is read as a short one", () => {
  const read = reader({ forwarded_line: ["{*}] {request:quoted} {forwarded:quoted}"] });
  assert.equal(read(`[x] "GET /${"a".repeat(14_000)}" "192.0.2.7"`), "192.0.2.7");
});

test("a field of a JSON line is read, and several values of it in their order", () => {
  const read = reader({ forwarded_field: "headers.X-Forwarded-For|xff" });
  assert.equal(
    read('{"headers":{"X-Forwarded-For":["203.0.113.9","192.0.2.7"]}}'),
    "203.0.113.9,192.0.2.7",
  );
  assert.equal(read('Nov 28 09:19:59 web1 caddy: {"xff":"192.0.2.7"}'), "192.0.2.7");
  for (const line of [
    '{"headers":{}}',
    '{"xff":7}',
    '{"xff":"192.0.2.7","xff":"203.0.113.66"}',
    '{"headers":{"X-Forwarded-For":"192.0.2.7"},"headers":{"X-Forwarded-For":"203.0.113.66"}}',
    '{"xff":["192.0.2.7",{"a":1}]}',
    "no JSON",
    '{"xff":',
  ])
    assert.equal(read(line), undefined, line);
});

test("mistakes name the key, and what to write", () => {
  const head = { name: "web", description: "", path: "web.toml", programs: [], journal: [] };
  const of = (keys: Partial<FilterDefinition>): string => {
    const all = { ...head, files: [], ports: [], rules: [], samples: [], ...keys };
    const compiled = compileForwarded(all);
    assert.ok(!compiled.ok);
    return `${compiled.error.key}: ${compiled.error.got}`;
  };
  assert.match(
    of({ forwarded_line: ["{*} {xff}"] }),
    /^forwarded_line\.0: a pattern without \{forwarded\}/,
  );
  assert.match(of({ forwarded_line: ["{*} {forwarded"] }), /^forwarded_line\.0: /);
  assert.match(of({ forwarded_field: "a." }), /^forwarded_field: /);
});

test("a field of structured data, and of a W3C log, whose lines arrive as JSON", () => {
  const common = { kind: "record", fields: [], absent: [], before: undefined, columns: [] };
  const of = (format: "sd" | "w3c", key: string): ForwardedReader => {
    const meaning = { id: "r", is: "failure", mode: "normal", counting: "each" } as const;
    const rest = { closes: false, login: "password" } as const;
    const recognize = { ...common, kind: "record", format } as const;
    return reader({
      forwarded_field: key,
      columns: ["xff"],
      rules: [{ ...meaning, ...rest, recognize }],
    });
  };
  const data = of("sd", "app@1.xff");
  const head = "<38>1 2026-11-28T09:19:59Z host1 app 7 -";
  assert.equal(data(`${head} [app@1 xff="203.0.113.9, 192.0.2.7"] m`), "203.0.113.9, 192.0.2.7");
  assert.equal(data(`${head} - m`), undefined);
  const logged = of("w3c", "xff");
  assert.equal(logged('{"xff":"203.0.113.9"}'), "203.0.113.9");
  // As IIS writes it.
  assert.equal(logged('{"xff":"203.0.113.9,+192.0.2.7:4711"}'), "203.0.113.9, 192.0.2.7:4711");
  assert.equal(logged('{"xff":"203.0.113.9+192.0.2.7"}'), "203.0.113.9+192.0.2.7");
});
