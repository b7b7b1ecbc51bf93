import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../domain/instant.ts";
import { fieldPieces, formatFields, tokenizeFields } from "./mine-sample/field-list.ts";
import { mineSample } from "./mine-sample.ts";

const NOW = instant(0);

function mine(messages: readonly string[]) {
  const { form, shapes, otherForm } = mineSample(messages, NOW);
  return {
    form: form.name,
    otherForm,
    kinds: shapes.map(({ mined, guess }) => `${guess} ${mined.count} ${mined.text}`),
    rules: shapes.map(({ mined }) => {
      const [first] = form.candidates(mined, { id: "x", is: "failure" });
      const rule = first?.rules.find(({ id }) => id === "x");
      const { line = "", expect } = first?.samples.at(-1) ?? {};
      return { recognize: rule?.recognize, line, expect };
    }),
  };
}

const json = (table: object): string => JSON.stringify(table);

test("JSON: what happened and who are matched, by their names and values", () => {
  const login = (ip: string, user: string | null, status: number): string =>
    json({
      ts: 1,
      msg: "handled",
      status,
      ms: status * 3,
      req: { remoteIp: ip, user, path: "/a b" },
      server_ip: "10.0.0.1",
    });
  const found = mine([
    login("198.51.100.4", "bob", 401),
    login("198.51.100.5", "carol", 401),
    login("198.51.100.5", null, 401),
    login("198.51.100.6", "carol", 200),
    "no JSON",
  ]);
  assert.equal(found.form, "JSON");
  assert.equal(found.otherForm, 1);
  assert.deepEqual(found.kinds, [
    'failure 2 "msg": handled "status": 401 "req.remoteIp": <address> "req.user": <name>',
    'neither 1 "msg": handled "status": 200 "req.remoteIp": <address> "req.user": <name>',
    'neither 1 "msg": handled "status": 401 "req.remoteIp": <address>',
  ]);
  assert.deepEqual(found.rules[0], {
    recognize: {
      ...{ kind: "record", format: "json", absent: [], before: undefined, columns: [] },
      fields: [
        { key: "msg", pattern: "handled" },
        { key: "status", pattern: "401" },
        { key: "req.remoteIp", pattern: "{ip}" },
        { key: "req.user", pattern: "{user}" },
      ],
    },
    line: '{"msg":"handled","status":401,"req":{"remoteIp":"192.0.2.7","user":"alice"}}',
    expect: { kind: "rule", rule: "x", ip: "192.0.2.7", user: "alice", counts: undefined },
  });
});

test("JSON: an account that may be empty must not be, and of two equal addresses one is read", () => {
  const line = (ip: string, user: string): string =>
    json({ msg: "denied", remote_ip: ip, client_ip: ip, user_id: user });
  const { kinds, rules } = mine([line("198.51.100.4", "bob"), line("198.51.100.5", "")]);
  assert.equal(kinds.length, 2);
  assert.match(kinds[0] ?? "", /"remote_ip": <address> "user_id": <name>$/);
  const [{ recognize } = { recognize: undefined }] = rules;
  assert.ok(recognize?.kind === "record");
  assert.equal(recognize.fields.at(-1)?.pattern, '{user:until="}');
});

test("JSON: keys and values of a client are not taken for fields", () => {
  const list = formatFields([
    { key: "msg", kind: "text", value: 'denied "ip": 203.0.113.9' },
    { key: "client.ip", kind: "address", value: "198.51.100.4" },
  ]);
  const key = tokenizeFields(list)
    .tokens.map(({ template }) => template)
    .join(" ");
  assert.deepEqual(
    fieldPieces({ key }).map((piece) => piece.key),
    ["msg", "client.ip"],
  );
  const odd = mine([json({ "bad key": "x", msg: "denied", ip: "198.51.100.4", list: [1] })]);
  assert.deepEqual(odd.kinds, ['failure 1 "msg": denied "ip": <address>']);
});

test("logfmt: only where every word is a pair", () => {
  const { form, rules } = mine([
    'level=warn msg="login failed" user=bob addr=198.51.100.4:40122 took=3ms',
    'level=warn msg="login failed" user=eve addr=[2001:db8::9]:40122 took=5ms',
  ]);
  assert.equal(form, "logfmt");
  assert.equal(rules[0]?.line, 'msg="login failed" user="alice" addr="192.0.2.8:40122"');
  assert.equal(
    mine(["authentication failure; uid=0 rhost=198.51.100.4 user=bob"]).form,
    "plain text",
  );
});

test("access logs: status, login form and account distinguish the kinds", () => {
  const line = (user: string, request: string, status: number): string =>
    `www.example.com 198.51.100.4 - ${user} [28/Nov/2026:09:19:59 +0100] "${request}" ${status} 12`;
  const { form, kinds, rules } = mine([
    line("bob", "GET /a HTTP/1.1", 401),
    line("-", "GET /b HTTP/1.1", 401),
    line("-", "POST /user/login?next=1 HTTP/1.1", 401),
    line("-", "GET /c?x=/login HTTP/1.1", 200),
    line("-", String.raw`\x16\x03\x01`, 400),
  ]);
  assert.equal(form, "access log");
  assert.deepEqual(kinds.toSorted(), [
    'failure 1 "status": 401 "POST": /user/login "client": <address>',
    'failure 1 "status": 401 "client": <address> "user": <name>',
    'neither 1 "status": 200 "client": <address>',
    'neither 1 "status": 400 "client": <address>',
    'neither 1 "status": 401 "client": <address>',
  ]);
  const named = rules.find(({ expect }) => expect?.kind === "rule" && expect.user === "alice");
  assert.deepEqual(named?.recognize, {
    kind: "line",
    patterns: ['{vhost:word} {ip} - {user:until="} [{at:until=]"}] {request:quoted} 401 {*}'],
  });
});

test("plain text is mined and guessed as drift does", () => {
  const { form, kinds } = mine([
    "login failed for bob from 198.51.100.4",
    "login ok for user bob from 198.51.100.4",
    "cache refreshed",
  ]);
  assert.equal(form, "plain text");
  assert.deepEqual(kinds, [
    "failure 1 login failed for <name> from <address>",
    "success 1 login ok for user <name> from <address>",
    "neither 1 cache refreshed",
  ]);
});
