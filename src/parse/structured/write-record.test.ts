import assert from "node:assert/strict";
import { test } from "node:test";
import { writeRecord } from "./write-record.ts";

const common = { kind: "record", absent: [], before: undefined } as const;

test("a line of a W3C log, as a service without quotes writes it", () => {
  const fields = ["c-ip", "cs-username"].map((key) => ({ key, pattern: "" }));
  const columns = ["time", "cs-username", "c-ip"];
  const recognize = { ...common, format: "w3c", fields, columns } as const;
  assert.equal(writeRecord(recognize, ["192.0.2.7", 'a b\n"']), '- a+b+" 192.0.2.7');
  assert.equal(writeRecord(recognize, ["192.0.2.7", ""]), "- - 192.0.2.7");
});

test("a line with structured data, escaped", () => {
  const keys = ["a@1.ip", "message", "a@1.user", "b.x"];
  const fields = keys.map((key) => ({ key, pattern: "" }));
  const recognize = { ...common, format: "sd", fields, columns: [] } as const;
  const head = "<38>1 2026-11-28T09:19:59Z host - - - ";
  assert.equal(
    writeRecord(recognize, ["192.0.2.7", "denied", 'a"]\\', "y"]),
    `${head}[a@1 ip="192.0.2.7" user="a\\"\\]\\\\"][b x="y"] denied`,
  );
  const bare = { ...recognize, fields: fields.slice(1, 2) };
  assert.equal(writeRecord(bare, ["denied"]), `${head}- denied`);
});
