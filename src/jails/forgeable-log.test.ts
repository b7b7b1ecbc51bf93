/** Which logs a client may be able to write lines of. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFilter } from "../parse/filter/read-filter.ts";
import { parseToml } from "../config/parse-toml.ts";
import { type Forgeability, judgeForgeability } from "./forgeable-log.ts";

const TEXT = 'line = "denied {ip}"';
const JSON_RULE = 'json = { msg = "denied", ip = "{ip}" }';

const CASES: readonly (readonly [head: string, rule: string, expected: Forgeability])[] = [
  ['files = ["/var/log/auth.log"]', TEXT, "excluded"],
  ['programs = ["web"]', TEXT, "excluded"],
  ['journal = ["_SYSTEMD_UNIT=web.service"]', TEXT, "possible"],
  ['journal = ["_SYSTEMD_UNIT=web.service"]', JSON_RULE, "excluded"],
  ['files = ["/var/log/auth.log", "/var/log/web.log"]', TEXT, "possible"],
  ['files = ["/var/log/web.log"]', JSON_RULE, "excluded"],
  ['files = ["/var/log/web.log"]\nescapes_line_breaks = true', TEXT, "excluded"],
  ['files = ["/var/log/web.log"]\nescapes_line_breaks = false', JSON_RULE, "certain"],
  ['address_headers = ["X-Real-IP"]', JSON_RULE, "certain"],
];

for (const [head, rule, expected] of CASES)
  test(`forging lines is ${expected} with ${head.replace("\n", ", ")} and ${rule}`, () => {
    const text = `name = "web"\n${head}\n[[rule]]\nid = "denied"\nis = "failure"\n${rule}\n`;
    const table = parseToml("web.toml", text);
    assert.ok(table.ok);
    const filter = readFilter(table.value, "web.toml");
    assert.ok(filter.ok);
    assert.equal(judgeForgeability(filter.value), expected);
  });
