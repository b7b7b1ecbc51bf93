/** Which lines of the shipped filters are requests for honeypots. */
import assert from "node:assert/strict";
import test from "node:test";
import { instant } from "../domain/instant.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { compileFilter, type Filter } from "../parse/filter/compile-filter.ts";
import { createLineRouter } from "../parse/route/line-router.ts";
import { openLibrary } from "./load-filters.ts";
import { withHoneypotPaths } from "./with-honeypot-paths.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-28T12:00:00Z"));
const compiled = new Map<string, Filter>();

/** Compiles a shipped filter for a host with a honeypot, once for all tests. */
async function filterOf(name: string): Promise<Filter> {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const definition = (await (await openLibrary([])).read([name])).filters.get(name);
  assert.ok(definition !== undefined);
  const filter = compileFilter(withHoneypotPaths(definition, ["/old-admin"]), "normal");
  assert.ok(filter.ok, JSON.stringify(filter));
  compiled.set(name, filter.value);
  return filter.value;
}

/** Returns the addresses that requested a honeypot according to these lines of a log. */
function honeypotsIn(filter: Filter, ...lines: readonly string[]): readonly (string | undefined)[] {
  const entry = { filter, accepts: undefined, owns: () => true };
  const found: (string | undefined)[] = [];
  const text = lines.map((line) => `${line}\n`).join("");
  const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
  createLineRouter([entry], () => 0).route(batch, NOW, {
    matched: (_entry, match) => {
      if (filter.honeypotRules?.has(match.rule) === true) found.push(match.ip);
    },
    unrecognized: () => undefined,
  });
  return found;
}

const COMMON = '192.0.2.7 - - [28/Nov/2026:11:11:05 +0000] "GET TARGET HTTP/1.1" 404 3 "-" "x"';
const CADDY =
  '{"level":"info","ts":1795864265.7,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"192.0.2.7","remote_port":"38528","proto":"HTTP/1.1","method":"GET","host":"www.example.org","uri":"TARGET","headers":{"User-Agent":["x"]}},"user_id":"","duration":2.5,"size":0,"status":404,"resp_headers":{}}';

for (const [name, title, ...lines] of [
  ["access-log", "the combined format", COMMON],
  ["access-log", "a virtual host", `www.example.org:443 ${COMMON}`],
  ["access-log", "a quoted user", COMMON.replace("- - [", '- "alice" [')],
  ["access-log", "an empty user", COMMON.replace("- - [", '- "" [')],
  ["access-log", "a user with an escaped quote", COMMON.replace("- - [", '- al\\"i ce [')],
  ["access-log", "a user with brackets", COMMON.replace("- - [", "- [a] [b] [")],
  ["access-log", "no protocol", COMMON.replace(" HTTP/1.1", "")],
  [
    "access-log",
    "JSON",
    '{"time":"2026-11-28T11:11:05+00:00","remote_addr":"192.0.2.7","remote_user":"\\"a","request":"GET TARGET HTTP/1.1","status":404,"http_user_agent":"x"}',
  ],
  ["caddy", "version 2.6", CADDY],
  [
    "caddy",
    "version 2.7, behind a proxy",
    CADDY.replace('"remote_ip":"192.0.2.7"', '"remote_ip":"198.51.100.9"').replace(
      '"proto"',
      '"client_ip":"192.0.2.7","proto"',
    ),
  ],
  [
    "traefik",
    "JSON",
    '{"ClientAddr":"192.0.2.7:39490","ClientHost":"192.0.2.7","ClientUsername":"-","DownstreamStatus":404,"RequestMethod":"GET","RequestPath":"TARGET","time":"2026-11-28T11:11:05Z"}',
  ],
  ["traefik", "the common format", COMMON],
  [
    "envoy",
    "JSON",
    '{"start_time":"2026-11-28T11:11:05.479Z","method":"GET","x-envoy-origin-path":"TARGET","response_code":404,"user-agent":"x","downstream_remote_address":"192.0.2.7:59292",":authority":"www.example.org"}',
  ],
  [
    "nginx-proxy-manager",
    "its own format",
    '[28/Nov/2026:11:11:05 +0000] - 404 404 - GET https www.example.org "TARGET" [Client 192.0.2.7] [Length 192] [Gzip 3.10] [Sent-to 198.51.100.9] "x [Client 198.51.100.1]" "-"',
  ],
  [
    "lighttpd",
    "the access log",
    '192.0.2.7 www.example.org - [28/Nov/2026:11:11:05 +0000] "GET TARGET HTTP/1.1" 404 341 "-" "x"',
  ],
  [
    "haproxy",
    "captured headers",
    'Nov 28 11:11:05 lb1 haproxy[24300]: 192.0.2.7:44096 [28/Nov/2026:11:11:05.625] web web/a 0/0/1/2/3 404 246 - - ---- 1/1/0/0/0 0/0 {x "y|z} "GET TARGET HTTP/1.1"',
  ],
  [
    "iis",
    "the extended format",
    "#Software: Microsoft Internet Information Services 10.0",
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken",
    "2026-11-28 11:11:05 192.0.2.1 GET TARGET - 443 - 192.0.2.7 x - 404 0 2 15",
  ],
] as const)
  test(`${name}, ${title}: a request for a honeypot is seen, however it is spelled, and no other`, async () => {
    const filter = await filterOf(name);
    const found = (target: string): readonly (string | undefined)[] =>
      honeypotsIn(filter, ...lines.map((line) => line.replace("TARGET", () => target)));
    for (const target of ["/old-admin", "//./old%2Dadmin/x", "http://www.example.org/old-admin"])
      assert.deepEqual(found(target), ["192.0.2.7"], target);
    for (const target of ["/old-administration", "/x/old-admin", "/index.html"])
      assert.deepEqual(found(target), [], target);
    assert.deepEqual(found("/OLD-ADMIN"), name === "iis" ? ["192.0.2.7"] : []);
  });

test("a long line is seen like a short one, and a cut one is left to other rules", async () => {
  const filter = await filterOf("access-log");
  const long = COMMON.replace("TARGET", `/old-admin?${"x".repeat(2000)}`);
  assert.deepEqual(honeypotsIn(filter, long), ["192.0.2.7"]);
  assert.deepEqual(honeypotsIn(filter, long.replace("old-admin", "old")), []);
  assert.deepEqual(honeypotsIn(filter, `${long.slice(0, 900)}\0`), []);
});
