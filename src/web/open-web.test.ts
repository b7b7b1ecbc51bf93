/** The dashboard over real HTTP, with a real control socket whose answers are fixed. */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { brotliDecompressSync } from "node:zlib";
import { hashPassword } from "./login/password.ts";
import { WebLab } from "./web-lab.fixture.ts";

let lab: WebLab;

before(async () => {
  const hash = await hashPassword("correct horse");
  lab = await WebLab.open(`[users.alice]\nrole = "operator"\npassword = "${hash}"`);
});
after(() => lab[Symbol.asyncDispose]());

test("the page and its files are served with a strict policy, compressed, and validated", async () => {
  for (const path of ["/", "/bans", "/campaigns", "/login", "/page.js", "/page.css", "/icon.svg"]) {
    const { status, headers, text: content } = await lab.send(path);
    assert.equal(status, 200, path);
    assert.match(
      String(headers["content-security-policy"]),
      /^default-src 'none'; script-src 'self';/,
    );
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["x-frame-options"], "DENY");
    assert.doesNotMatch(
      content,
      /https?:\/\/(?!www\.w3\.org\/)[a-z]/,
      `${path} names no other host`,
    );
    const again = await lab.send(path, { headers: { "if-none-match": String(headers.etag) } });
    assert.deepEqual([again.status, again.text], [304, ""]);
  }
  assert.equal((await lab.send("/../package.json")).status, 404);
  assert.equal((await lab.send("/nothing")).status, 404);
  assert.equal((await lab.send("/", { method: "POST", body: {} })).status, 404);
});

test("a first view transfers at most 120 KB", async () => {
  const { hostname, port } = lab.url;
  const sizes = await Promise.all(
    ["/", "/page.js", "/page.css"].map(async (path) => {
      const response = await fetch(`http://${hostname}:${port}${path}`, {
        headers: { "accept-encoding": "br" },
      });
      assert.equal(response.headers.get("content-encoding"), "br");
      return Number(response.headers.get("content-length") ?? (await response.bytes()).length);
    }),
  );
  assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 120_000, String(sizes));
  const brotli = await new Promise<Buffer>((resolve, reject) => {
    request(
      { hostname, port, path: "/page.css", headers: { "accept-encoding": "br" } },
      (response) => {
        void response.toArray().then((parts) => resolve(Buffer.concat(parts)), reject);
      },
    ).end();
  });
  assert.match(brotliDecompressSync(brotli).toString(), /color-scheme/);
});

test("nothing is answered without a session, and the daemon is not asked", async () => {
  lab.asked.length = 0;
  const session = await lab.logIn();
  const other = await lab.logIn();
  for (const headers of [
    {},
    { cookie: session["cookie"] ?? "" },
    { "x-bailiff-token": session["x-bailiff-token"] ?? "" },
    { ...session, "x-bailiff-token": other["x-bailiff-token"] ?? "" },
  ])
    for (const path of ["/api/session", "/api/overview", "/api/bans", "/api/counts?period=day"]) {
      const { status, body } = await lab.send(path, { headers });
      assert.deepEqual([status, body.error?.code], [401, "login-needed"]);
    }
  assert.equal(lab.asked.length, 0);
});

test("a link logs in once; its cookie is kept from scripts and from other sites", async () => {
  assert.equal(statSync(join(lab.runtime, "web.json")).mode & 0o777, 0o600);
  const link = lab.link("read-only");
  const { headers, body } = await lab.send("/api/login", { body: { link } });
  assert.match(
    String(headers["set-cookie"]),
    /^bailiff-web=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/,
  );
  const cookie = String(headers["set-cookie"]).split(";")[0] ?? "";
  const session = { cookie, "x-bailiff-token": String(body["token"]) };
  assert.deepEqual((await lab.send("/api/session", { headers: session })).body, {
    name: "carol",
    role: "read-only",
  });
  const again = await lab.send("/api/login", { body: { link } });
  assert.deepEqual([again.status, again.body.error?.code], [401, "login-failed"]);
  assert.equal((await lab.send("/api/logout", { method: "POST", headers: session })).status, 200);
  assert.equal((await lab.send("/api/session", { headers: session })).status, 401);
});

test("requests of other sites and other names are refused, with a session as well", async () => {
  const headers = await lab.logIn();
  const codeOf = async (path: string, more: Readonly<Record<string, string>>, method = "GET") =>
    (await lab.send(path, { method, headers: { ...headers, ...more } })).body.error?.code;
  assert.equal(await codeOf("/api/session", { host: "rebind.example.net" }), "other-host");
  assert.equal(await codeOf("/", { host: "rebind.example.net" }), "other-host");
  assert.equal(await codeOf("/api/session", { "sec-fetch-site": "same-site" }), "other-origin");
  assert.equal(
    await codeOf("/api/logout", { origin: "http://127.0.0.1:1" }, "POST"),
    "other-origin",
  );
  assert.equal(
    (await lab.send("/api/session", { headers })).status,
    200,
    "the session still exists",
  );
});

test("a password logs in; wrong ones are counted, then refused without a check", async () => {
  const log1 = lab.log.length;
  const login = (name: string, password: string) =>
    lab.send("/api/login", { body: { name, password } });
  const guesses = await Promise.all([1, 2, 3].map((n) => login("alice", `guess ${n}`)));
  assert.deepEqual(
    guesses.map(({ status }) => status),
    [401, 401, 401],
  );
  for (const n of [4, 5]) assert.equal((await login("alice", `guess ${n}`)).status, 401);
  const limited = await login("alice", "correct horse");
  assert.deepEqual([limited.status, limited.body.error?.code], [429, "login-limited"]);
  lab.now += 61_000;
  assert.equal((await login("alice", "correct horse")).status, 200);
  assert.match(lab.log.slice(log1).join("\n"), /a login as alice failed: wrong name or password/);
  assert.doesNotMatch(lab.log.join("\n"), /guess|horse/);
});

test("a login that is none is refused, and so is a long one", async () => {
  for (const body of ["", "x", { link: 1 }, { name: "a\nb", password: "x" }, { name: "alice" }])
    assert.equal((await lab.send("/api/login", { body, method: "POST" })).status, 400);
  assert.equal((await lab.send("/api/login", { body: "x".repeat(10_000) })).status, 413);
});

test("equal questions of several pages are asked once, and their input is checked", async () => {
  const headers = await lab.logIn("read-only");
  lab.asked.length = 0;
  const path = "/api/bans?search=203.0.113.9&jail=sshd&sort=until&order=asc&offset=100";
  const replies = await Promise.all([1, 2, 3].map(() => lab.send(path, { headers })));
  assert.deepEqual(
    replies.map(({ status }) => status),
    [200, 200, 200],
  );
  assert.equal(replies[0]?.headers["cache-control"], "no-store");
  const input = {
    search: "203.0.113.9",
    jail: "sshd",
    sort: "until",
    offset: 100,
    descending: false,
    limit: 100,
  };
  assert.deepEqual(
    lab.asked.map(([command, ...rest]) => [command, rest[0]]),
    [["find_bans", input]],
  );
  for (const wrong of [
    "sort=reason",
    "offset=-1",
    "offset=1e9",
    `search=${"x".repeat(300)}`,
    "origin=canary",
  ])
    assert.equal((await lab.send(`/api/bans?${wrong}`, { headers })).status, 400, wrong);
  assert.equal((await lab.send("/api/bans?jail=none", { headers })).status, 404);
  assert.equal((await lab.send("/api/counts?period=century", { headers })).status, 400);
});

test("an operator's actions reach the daemon with the user's name, and nobody else's do", async () => {
  const operator = await lab.logIn();
  const reader = await lab.logIn("read-only");
  lab.asked.length = 0;
  const act = (action: string, body: object, headers: Readonly<Record<string, string>>) =>
    lab.send(`/api/actions/${action}`, { body, headers });
  const ban = { subject: "203.0.113.9", for: 3_600_000, reason: "scan" };
  for (const headers of [reader, {}, { ...operator, origin: "http://127.0.0.1:1" }])
    assert.ok([401, 403].includes((await act("ban", ban, headers)).status));
  assert.equal(lab.asked.length, 0);
  assert.equal((await act("ban", ban, operator)).status, 200);
  const unban = { subject: "203.0.113.9", jail: "sshd" };
  assert.equal((await act("unban", unban, operator)).status, 200);
  assert.equal((await act("undo_unban", unban, operator)).status, 200);
  assert.equal((await act("allow", { subject: "192.0.2.1" }, operator)).status, 200);
  assert.equal((await act("disallow", { subject: "192.0.2.1" }, operator)).status, 200);
  assert.equal((await act("add_rule", { number: 3, is: "failure" }, operator)).status, 200);
  assert.equal((await act("add_rule", { number: 3, is: "success" }, operator)).status, 400);
  assert.deepEqual(
    lab.asked.map(([command, input]) => [command, input]),
    [
      ["ban", ban],
      ["unban", { subjects: ["203.0.113.9"], jail: "sshd", all: false, exact: true }],
      ["undo_unban", unban],
      ["allow", { subject: "192.0.2.1" }],
      ["disallow", { subject: "192.0.2.1" }],
      ["add_rule", { number: 3, is: "failure" }],
    ],
  );
  for (const one of lab.asked) assert.match(one[2], /^\S+ \(uid \d+\) for carol$/);
  for (const body of [{ subjects: [], all: true }, { subject: "x", jail: "sshd", all: true }, {}])
    assert.equal((await act("unban", body, operator)).status, 400);
  assert.equal((await act("stop", { unban: true }, operator)).status, 404);
  assert.equal(lab.asked.length, 6);
});

test("each page's question is one or two requests to the daemon", async () => {
  const headers = await lab.logIn();
  const commandsOf = async (path: string): Promise<readonly string[]> => {
    lab.asked.length = 0;
    // An order makes the dashboard forget what it knows.
    await lab.send("/api/actions/disallow", { body: { subject: "192.0.2.1" }, headers });
    assert.equal((await lab.send(path, { headers })).status, 200, path);
    return lab.asked.slice(1).map(([command, input]) => `${command} ${JSON.stringify(input)}`);
  };
  assert.deepEqual(await commandsOf("/api/address?subject=2001:db8::/64"), [
    'why {"subject":"2001:db8::/64"}',
  ]);
  assert.deepEqual(await commandsOf("/api/history?limit=100&subject=192.0.2.1"), [
    'history {"subject":"192.0.2.1","limit":100}',
  ]);
  assert.deepEqual(await commandsOf("/api/audit?limit=5"), ['audit {"limit":5}']);
  assert.deepEqual(await commandsOf("/api/problems"), ["doctor {}", "status {}"]);
  const jails = await commandsOf("/api/jails");
  assert.deepEqual(jails.toSorted(), ["breakers {}", "drift {}", "status {}"]);
  for (const wrong of [
    "/api/history",
    "/api/history?limit=0",
    "/api/audit?limit=1e6",
    "/api/address",
  ])
    assert.equal((await lab.send(wrong, { headers })).status, 400, wrong);
});

test("live events need a session, name where to resume, and end with it", async () => {
  assert.equal((await lab.send("/api/live")).status, 401);
  const headers = await lab.logIn("read-only");
  const { hostname, port, origin } = lab.url;
  const stream = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ hostname, port, path: "/api/live", headers }, resolve).on("error", reject).end();
  });
  assert.match(String(stream.headers["content-type"]), /^text\/event-stream/);
  const parts = stream.setEncoding("utf8")[Symbol.asyncIterator]();
  const first = String((await parts.next()).value);
  assert.match(first, /^data: \{"events":\[\],"missed":0\}\nid: \S+\/\d+\n\n$/);
  await lab.send("/api/logout", { method: "POST", headers: { ...headers, origin } });
  // The daemon of this test has no live events, so the connection to it is lost again and again, which pages learn.
  while ((await parts.next()).done !== true);
});

test("a proxy's header names the user on a Unix socket, and is ignored on a port", async () => {
  const ignored = await lab.send("/api/login", { body: {}, headers: { "x-user": "alice" } });
  assert.deepEqual([ignored.status, ignored.body.error?.code], [401, "login-needed"]);
  const path = join(lab.folder, "web.sock");
  const toml = `listen = "${path}"\nuser_header = "X-User"\nhosts = ["bailiff.example.com"]\n[users.bob]\n`;
  await using _proxied = await lab.openWeb(toml, join(lab.folder, "run2"));
  assert.equal(statSync(path).mode & 0o777, 0o660);
  const proxy = {
    host: "bailiff.example.com",
    origin: "https://bailiff.example.com",
    "x-forwarded-proto": "https",
  };
  const login = (user: string) =>
    lab.send("/api/login", { body: {}, socketPath: path, headers: { ...proxy, "x-user": user } });
  const { status, headers } = await login("bob");
  assert.equal(status, 200);
  assert.match(String(headers["set-cookie"]), /; Secure;/);
  const unknown = await login("mallory");
  assert.deepEqual([unknown.status, unknown.body.error?.code], [401, "login-failed"]);
});

test("a port in use may become free; a place that does not exist is a mistake in the settings", async () => {
  const open = (listen: string) => lab.openWeb(`listen = "${listen}"`, join(lab.folder, "run3"));
  await assert.rejects(open(lab.url.host), { code: "web-unavailable" });
  await assert.rejects(open(join(lab.folder, "none/web.sock")), { code: "web-misconfigured" });
});

test("without a daemon the page still answers, and says what to do", async () => {
  const headers = await lab.logIn();
  await lab.stopDaemon();
  const { status, body } = await lab.send("/api/bans?search=new", { headers });
  assert.equal(status, 503);
  assert.equal(body.error?.code, "not-running");
  assert.equal((await lab.send("/")).status, 200);
});
