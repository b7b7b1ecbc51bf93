import assert from "node:assert/strict";
import { test } from "node:test";
import type { Config } from "./config.ts";
import { enforcersOf } from "./config.ts";
import { parseConfig } from "./parse-config.ts";

const PATHS = { state: "/var/lib/bailiff", socket: "/run/bailiff/bailiff.sock" };
const TOOL =
  '[enforcers.tool]\nkind = "command"\nban = ["/bin/b", "{ip}"]\nunban = ["/bin/u", "{ip}"]\n';

async function parse(text: string): ReturnType<typeof parseConfig> {
  return await parseConfig([{ path: "/c.toml", text }], { paths: PATHS, ports: new Map() });
}

async function problemOf(text: string): Promise<string> {
  const parsed = await parse(text);
  assert.ok(!parsed.ok, `no problem is found in ${text}`);
  return parsed.error
    .map(({ line, got, expected, hint }) => `${line}: ${got}; ${expected}; ${hint ?? ""}`)
    .join("\n");
}

async function configOf(text: string): Promise<Config> {
  const parsed = await parse(text);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}

for (const [text, problem] of [
  ["[lists.drop]", /^1: \[lists\.drop\] without url; url or file; $/],
  ['[lists.drop]\nurl = "https://a.example/"\nfile = "/f"', /^3: file beside url; one of them; $/],
  ['[lists.drop]\nurl = "http://a.example/list"', /^2: an address without https; https:/],
  ['[lists.drop]\nurl = "http://127.0.0.1.example/"', /^2: an address without https/],
  ['[lists.drop]\nfile = "list.txt"', /^2: "list.txt"; an absolute path/],
  ['[lists.drop]\nfile = "/f"\nevery = "1m"', /^3: "1m"; .*5m/],
  ['[lists.drop]\nfile = "/f"\nmax_bytes = 100000000', /^3: 100000000; .*67108864/],
  ['[lists.drop]\nfile = "/f"\nformat = "xml"', /^3: "xml"; "plain" or "json-lines"/],
  [
    '[lists.drop]\nfile = "/f"\nurls = "x"',
    /^3: unknown key "urls"; a valid key; did you mean "url"/,
  ],
  ['[lists."a/b"]\nfile = "/f"', /^1: "a\/b"; letters, digits/],
  ["[lists]\ndrop = 1", /^2: 1; a table \[lists\.drop\]/],
  ['[lists.drop]\nfile = "/f"\nenforcer = "nftable"', /^3: "nftable"; .*did you mean "nftables"/],
  [
    `${TOOL}[lists.drop]\nfile = "/f"\nenforcer = ["nftables", "tool"]`,
    /^7: enforcer "tool"; an enforcer for many/,
  ],
  [
    `[defaults]\nenforcer = "tool"\n${TOOL}[lists.drop]\nfile = "/f"`,
    /^7: \[lists\.drop\] without enforcer; enforcer, such as "nftables"/,
  ],
] as const)
  test(`a mistake in a list is explained: ${text.replaceAll("\n", " ")}`, async () => {
    assert.match(await problemOf(text), problem);
  });

test("a list has the enforcers of [defaults] that can hold it, unless it names others", async () => {
  const defaults = `[defaults]\nenforcer = ["nftables", "tool"]\n${TOOL}`;
  const config = await configOf(
    `${defaults}[lists.a]\nfile = "/f"\n[lists.b]\nurl = "http://[::1]:80/"\nenforcer = "route"\n`,
  );
  assert.deepEqual(
    config.lists.map((list) => [list.name, enforcersOf(list, config)]),
    [
      ["a", ["nftables"]],
      ["b", ["route"]],
    ],
  );
});
