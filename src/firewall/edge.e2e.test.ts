/**
 * Tests the edge enforcer against local servers that answer as the documentation of each service says, and as a service
 * in trouble does: too many requests, an expired token, a rejected entry, no answer, a redirect, a false certificate.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { duration } from "../domain/duration.ts";
import type { Enforcer } from "../domain/enforcer.ts";
import { type Instant, instant } from "../domain/instant.ts";
import { isRecord } from "../domain/json.ts";
import { machineId } from "../host/machine-id.ts";
import { systemClock } from "../host/system-clock.ts";
import { type Cloudflare, openCloudflare } from "./edge/cloudflare.fixture.ts";
import { defaultMarks } from "./edge/default-marks.ts";
import {
  type LocalServer,
  openLocalServer,
  type ReceivedRequest,
  type Reply,
} from "./edge/local-server.fixture.ts";
import { openMikrotik } from "./edge/mikrotik.fixture.ts";
import { type Edge, type EdgeOptions, openEdge } from "./edge.ts";
import { add, remove } from "./enforcer.contract.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "bailiff-edge-"));
after(() => rmSync(FOLDER, { recursive: true }));

const [MARK = ""] = defaultMarks({ name: hostname(), machineId: machineId() });
const QUICK = { first: duration(200), longest: duration(200) };

let files = 0;
function writeToken(text: string): string {
  const path = join(FOLDER, String(files++));
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

function now(): Instant {
  return instant(Date.now());
}

type Options = Partial<EdgeOptions> & Pick<EdgeOptions, "service">;

function tryOpen(
  server: LocalServer,
  token: string,
  options: Options,
): ReturnType<typeof openEdge> {
  return openEdge({
    ...{ base_url: server.url, secret: { token_file: writeToken(token) }, parameters: {} },
    ...{ pauses: QUICK, clock: systemClock, isAllowed: () => false },
    ...options,
  });
}

async function open(server: LocalServer, token: string, options: Options): Promise<Edge> {
  const opened = await tryOpen(server, token, options);
  assert.ok(opened.ok, opened.ok ? "" : `${opened.error.reason}: ${opened.error.fix}`);
  return opened.value;
}

const CF_LIST = { service: "cloudflare-list", parameters: { account: "acc", list: "lst" } };

function openList({ server, token }: Cloudflare, more: Partial<EdgeOptions> = {}): Promise<Edge> {
  return open(server, token, { ...CF_LIST, ...more });
}

async function subjectsOf(enforcer: Enforcer): Promise<readonly string[]> {
  return (await enforcer.list()).map(({ subject }) => subject).toSorted();
}

function writes({ requests }: LocalServer): readonly ReceivedRequest[] {
  return requests.filter(({ method }) => method !== "GET");
}

test("a batch is one request, and its entries bear the mark", async () => {
  const cloudflare = await openCloudflare();
  await using server = cloudflare.server;
  const edge = await openList(cloudflare);
  const subjects = ["192.0.2.1", "198.51.100.0/24", "2001:db8::7", "2001:db8:1::/64"];
  assert.deepEqual(
    await edge.apply(
      subjects.map((text) => add(text)),
      now(),
    ),
    [],
  );
  assert.equal(writes(server).length, 1);
  assert.deepEqual(
    [...cloudflare.items.values()].map(({ ip, comment }) => [ip, comment]),
    subjects.map((ip) => [ip, MARK]),
  );
  await edge.close();
});

test("a list of many pages is read to its end, and foreign entries stay", async () => {
  const cloudflare = await openCloudflare();
  await using server = cloudflare.server;
  for (let n = 0; n < 1300; n++)
    cloudflare.add(`10.0.${n >> 8}.${n & 255}`, n % 2 === 0 ? MARK : "by hand");
  cloudflare.add("203.0.113.1", "bailiff other-host");
  const edge = await openList(cloudflare);
  const prepared = await edge.prepare(now());
  assert.equal(prepared.structure, "Cloudflare account list: 650 entries, 651 of others");
  assert.equal((await edge.list()).length, 650);
  assert.equal(server.requests.length, 3, "what prepare read is not read again");
  assert.equal(edge.abilities.capacity, 10_000 - 651);

  assert.deepEqual(await edge.removeAll(), { ok: true, value: undefined });
  assert.equal(cloudflare.items.size, 651);
  assert.ok([...cloudflare.items.values()].every(({ comment }) => comment !== MARK));
  await edge.close();
});

test("a subject with a foreign entry is covered by it, and that entry is never touched", async () => {
  const cloudflare = await openCloudflare();
  await using server = cloudflare.server;
  cloudflare.add("192.0.2.1", "by hand");
  const edge = await openList(cloudflare);
  assert.deepEqual(await edge.apply([add("192.0.2.1")], now()), []);
  assert.deepEqual(await subjectsOf(edge), ["192.0.2.1"]);
  assert.deepEqual(writes(server), []);
  cloudflare.items.delete("192.0.2.1");
  assert.deepEqual(await subjectsOf(edge), [], "what covered it is gone");
  cloudflare.add("192.0.2.1", "by hand");
  await edge.prepare(now());
  await edge.apply([add("192.0.2.1")], now());
  await edge.apply([remove("192.0.2.1")], now());
  assert.deepEqual(await subjectsOf(edge), []);
  assert.equal(cloudflare.items.get("192.0.2.1")?.comment, "by hand");
  await edge.close();
});

test("after 429 nothing is sent until the pause of Retry-After is over", async () => {
  const cloudflare = await openCloudflare();
  await using server = cloudflare.server;
  const edge = await openList(cloudflare);
  await edge.prepare(now());
  server.faults.push({ status: 429, headers: { "retry-after": "1" } });
  const change = add("192.0.2.1");
  const [refusal] = await edge.apply([change], now());
  assert.partialDeepStrictEqual(refusal, { change, retryable: true });
  assert.match(refusal?.error ?? "", /^POST \/accounts\/acc\/.* answered 429$/);
  const sent = server.requests.length;
  const [again] = await edge.apply([change], now());
  assert.match(again?.error ?? "", /answered 429; next request in \d+m?s$/);
  assert.match((await edge.prepare(now())).error ?? "", /next request in/);
  assert.equal(server.requests.length, sent);
  const done = await untilApplied(edge);
  assert.ok(done >= 900, `not before a second: ${done} ms`);
  await edge.close();
});

/** Repeats a change as the caller would; returns how long it took until it was applied, in milliseconds. */
async function untilApplied(edge: Edge): Promise<number> {
  const began = performance.now();
  while ((await edge.apply([add("192.0.2.1")], now())).length > 0) {
    assert.ok(performance.now() - began < 60_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return performance.now() - began;
}

test("another operation in progress answers 429, which is retried after the backoff", async () => {
  const cloudflare = await openCloudflare();
  await using server = cloudflare.server;
  const edge = await openList(cloudflare);
  const headers = { authorization: "Bearer cf-token-1", "content-type": "application/json" };
  const url = `${server.url}/accounts/acc/rules/lists/lst/items`;
  const other = { method: "POST", headers, body: '[{"ip":"203.0.113.1","comment":"x"}]' };
  const begun: unknown = await (await fetch(url, other)).json();
  const operation = isRecord(begun) && isRecord(begun["result"]) && begun["result"]["operation_id"];
  const [refusal] = await edge.apply([add("192.0.2.1")], now());
  assert.match(refusal?.error ?? "", /answered 429: there is an outstanding bulk operation/);
  // Somebody looks at the other operation until it is done.
  for (let look = 0; look < 2; look++)
    await fetch(`${server.url}/accounts/acc/rules/lists/bulk_operations/${String(operation)}`, {
      headers,
    });
  await untilApplied(edge);
  await edge.close();
});

test("an entry that the service rejects is refused alone", async () => {
  const cloudflare = await openCloudflare();
  await using server = cloudflare.server;
  cloudflare.refused.add("192.0.2.13");
  const edge = await openList(cloudflare);
  const bad = add("192.0.2.13");
  const changes = Array.from({ length: 40 }, (_, n) => (n === 13 ? bad : add(`192.0.2.${n}`)));
  assert.deepEqual(await edge.apply(changes, now()), [
    {
      change: bad,
      error: "the operation failed: 192.0.2.13 is not valid",
      retryable: true,
    },
  ]);
  assert.equal(cloudflare.items.size, 39);
  assert.ok(writes(server).length <= 13, "a search by halves");
  await edge.close();
});

test("an expired token is explained without it, and a new one in the file is used", async () => {
  const cloudflare = await openCloudflare();
  await using server = cloudflare.server;
  const token_file = writeToken(cloudflare.token);
  const edge = await openList(cloudflare, { secret: { token_file } });
  await edge.prepare(now());
  cloudflare.token = "cf-token-2";
  const [refusal] = await edge.apply([add("192.0.2.1")], now());
  const error = refusal?.error ?? "";
  assert.equal(refusal?.retryable, true);
  // The server repeats the header, as careless services do.
  assert.match(error, /answered 401: Authentication error with Bearer … \(check the token/);
  assert.equal(error.includes("cf-token"), false);
  writeFileSync(token_file, "cf-token-2\n");
  assert.deepEqual(await edge.apply([add("192.0.2.1")], now()), []);
  assert.equal(server.requests.at(-1)?.headers["authorization"], "Bearer cf-token-2");
  await edge.close();
});

test("a hanging server costs the time limit once, and the rest of a batch nothing", async () => {
  const mikrotik = await openMikrotik("api:secret");
  await using server = mikrotik.server;
  const limits = {
    timeout: duration(300),
    pauses: { first: duration(60_000), longest: duration(60_000) },
  };
  const edge = await open(server, "api:secret", { service: "mikrotik", ...limits });
  await edge.prepare(now());
  server.faults.push("hang");
  const sent = server.requests.length;
  const changes = Array.from({ length: 50 }, (_, n) => add(`192.0.2.${n}`));
  const refusals = await edge.apply(changes, now());
  assert.equal(refusals.length, 50);
  assert.ok(refusals.every(({ retryable }) => retryable));
  assert.match(refusals[0]?.error ?? "", /no complete answer within 0.3s$/);
  assert.match(refusals[1]?.error ?? "", /no complete answer within 0.3s; next request in/);
  assert.equal(server.requests.length, sent + 1);
  await edge.close();
});

test("the end of the watch ends a request that hangs", async () => {
  const cloudflare = await openCloudflare();
  await using server = cloudflare.server;
  const edge = await openList(cloudflare);
  await edge.prepare(now());
  server.faults.push("hang");
  const stop = new AbortController();
  const watching = Array.fromAsync(edge.watch(stop.signal));
  const sent = server.requests.length;
  const applying = edge.apply([add("192.0.2.1")], now());
  while (server.requests.length === sent) await new Promise((resolve) => setTimeout(resolve, 10));
  stop.abort();
  const [refusal] = await applying;
  assert.match(refusal?.error ?? "", /aborted/);
  await watching;
  await untilApplied(edge);
  await edge.close();
});

test("errors of the server, other answers than JSON, and redirects are refusals", async () => {
  const cloudflare = await openCloudflare();
  await using server = cloudflare.server;
  const edge = await openList(cloudflare, { pauses: { first: duration(0), longest: duration(0) } });
  for (const [fault, reason] of [
    [{ status: 500, body: "<html>oops</html>" }, /answered 500$/],
    [{ status: 502 }, /answered 502$/],
    [{ status: 200, body: "<html>log in</html>" }, /the answer is no JSON$/],
    [{ status: 302, headers: { location: "https://example.org/" } }, /answered 302$/],
    [{ status: 200, body: { success: false, errors: [{ message: "no" }] } }, /answered 200: no$/],
    [
      { status: 200, body: { success: true, result: "none" } },
      /the answer has no list at "result"$/,
    ],
  ] as const) {
    server.faults.push(fault);
    assert.match((await edge.prepare(now())).error ?? "", reason);
  }
  await edge.close();
  assert.match((await edge.prepare(now())).error ?? "", /aborted/);
});

test("a connection that the service closed while it was idle is opened again", async () => {
  const cloudflare = await openCloudflare();
  await using server = cloudflare.server;
  const edge = await openList(cloudflare);
  await edge.prepare(now());
  server.faults.push("reset");
  assert.equal((await edge.prepare(now())).error, undefined);
  assert.equal(server.requests.length, 3);
  server.faults.push("reset", "reset");
  assert.match((await edge.prepare(now())).error ?? "", /connection reset|socket hang up/);
  await edge.close();
});

test("an answer without end is cut off", async () => {
  await using server = await openLocalServer({
    reply: () => ({ status: 200, body: { result: "x".repeat(17 * 1024 * 1024) } }),
  });
  const edge = await open(server, "t", CF_LIST);
  assert.match((await edge.prepare(now())).error ?? "", /its answer is too large$/);
  await edge.close();
});

test("a full list refuses what does not fit, and removals make room", async () => {
  const cloudflare = await openCloudflare();
  await using server = cloudflare.server;
  cloudflare.add("203.0.113.1", "by hand");
  const edge = await openList(cloudflare, { capacity: 3 });
  await edge.prepare(now());
  assert.equal(edge.abilities.capacity, 2);
  const third = add("192.0.2.3");
  assert.deepEqual(await edge.apply([add("192.0.2.1"), add("192.0.2.2"), third], now()), [
    { change: third, error: "the list is full (2 entries)", retryable: true },
  ]);
  assert.deepEqual(await edge.apply([third, remove("192.0.2.1")], now()), []);
  assert.deepEqual(await subjectsOf(edge), ["192.0.2.2", "192.0.2.3"]);
  assert.ok(server.requests.length > 0);
  await edge.close();
});

test("rules of a Cloudflare zone: pages, kinds of targets, and networks that it lacks", async () => {
  const cloudflare = await openCloudflare();
  await using server = cloudflare.server;
  for (let n = 0; n < 150; n++) cloudflare.add(`10.0.0.${n}`, "by hand");
  const zone = { service: "cloudflare-zone", parameters: { zone: "zon" } };
  const edge = await open(server, cloudflare.token, zone);
  const odd = add("198.51.100.0/25");
  assert.deepEqual(
    await edge.apply([add("192.0.2.1"), add("2001:db8::7"), add("198.51.100.0/24"), odd], now()),
    [
      {
        change: odd,
        error: "Cloudflare zone access rules has no IPv4 networks of /25, only of 16 24 32",
        retryable: false,
      },
    ],
  );
  assert.deepEqual(
    writes(server).map(({ json }) => json),
    [
      ["ip", "192.0.2.1"],
      ["ip6", "2001:db8::7"],
      ["ip_range", "198.51.100.0/24"],
    ].map(([target, value]) => ({ mode: "block", configuration: { target, value }, notes: MARK })),
  );
  assert.equal((await subjectsOf(edge)).length, 3);
  await edge.apply([remove("192.0.2.1"), remove("192.0.2.99")], now());
  assert.equal(cloudflare.items.size, 152);
  await edge.close();
});

test("MikroTik: both families, foreign entries, and entries that appear or vanish in between", async () => {
  const mikrotik = await openMikrotik("api:secret");
  await using server = mikrotik.server;
  mikrotik.add("ip", { list: "bailiff", address: "203.0.113.1", comment: "by hand" });
  mikrotik.add("ip", { list: "other", address: "203.0.113.2", comment: MARK });
  mikrotik.add("ip", { list: "bailiff", address: "192.0.2.5-192.0.2.9", comment: MARK });
  const edge = await open(server, "api:secret", { service: "mikrotik" });
  await edge.prepare(now());
  assert.deepEqual(await subjectsOf(edge), []);
  mikrotik.add("ip", { list: "bailiff", address: "192.0.2.1", comment: MARK });
  const changes = [add("192.0.2.1"), add("2001:db8::7"), add("2001:db8:1::/64")];
  assert.deepEqual(await edge.apply(changes, now()), []);
  assert.deepEqual(await subjectsOf(edge), ["192.0.2.1", "2001:db8:1::/64", "2001:db8::7"]);
  for (const [id, entry] of mikrotik.entries)
    if (entry.address === "2001:db8::7/128") mikrotik.entries.delete(id);
  assert.deepEqual(await edge.apply([remove("2001:db8::7"), remove("192.0.2.1")], now()), []);
  assert.deepEqual(await subjectsOf(edge), ["2001:db8:1::/64"]);
  assert.equal(mikrotik.entries.size, 4);
  await edge.close();
});

/** A service that keeps one array, which `read` shows and `write` returns from a request. */
function arrayServer(
  read: (values: readonly string[]) => unknown,
  write: (request: ReceivedRequest, values: readonly string[]) => readonly string[] | undefined,
): {
  readonly reply: (request: ReceivedRequest) => Reply;
  readonly values: () => readonly string[];
} {
  let values: readonly string[] = [];
  return {
    values: () => values,
    reply: (request) => {
      const next = write(request, values);
      if (next !== undefined) values = next;
      return { status: 200, body: read(values) };
    },
  };
}

function textsAt(json: unknown, key: string): readonly string[] | undefined {
  const value = isRecord(json) ? json[key] : undefined;
  return Array.isArray(value) ? value.map(String) : undefined;
}

test("OPNsense: an alias is read and changed address by address", async () => {
  const alias = arrayServer(
    (values) => ({ total: values.length, rows: values.map((ip) => ({ ip })), status: "done" }),
    ({ path, json }, values) => {
      const address = isRecord(json) ? String(json["address"]) : "";
      if (path === "/api/firewall/alias_util/add/bailiff") return [...values, address];
      if (path === "/api/firewall/alias_util/delete/bailiff")
        return values.filter((value) => value !== address);
      return undefined;
    },
  );
  await using server = await openLocalServer(alias);
  const edge = await open(server, "key:secret", { service: "opnsense" });
  await edge.apply([add("192.0.2.1"), add("2001:db8:1::/64")], now());
  await edge.apply([remove("192.0.2.1"), add("192.0.2.2")], now());
  assert.deepEqual(await subjectsOf(edge), ["192.0.2.2", "2001:db8:1::/64"]);
  assert.deepEqual(alias.values(), ["2001:db8:1::/64", "192.0.2.2"]);
  await edge.close();
});

test("pfSense and UniFi: a list is replaced as a whole, and keeps what is no address", async () => {
  const alias = arrayServer(
    (address) => ({ code: 200, data: [{ id: 4, name: "bailiff", address }] }),
    ({ method, json }) => (method === "PATCH" ? textsAt(json, "address") : undefined),
  );
  await using pfsense = await openLocalServer(alias);
  const first = await open(pfsense, "key", { service: "pfsense" });
  assert.equal(first.service.unverified, true);
  await first.apply([add("192.0.2.1"), add("2001:db8::7")], now());
  assert.partialDeepStrictEqual(writes(pfsense)[0]?.json, { id: 4, apply: true });
  assert.equal(pfsense.requests[0]?.headers["x-api-key"], "key");
  assert.deepEqual(alias.values(), ["192.0.2.1/32", "2001:db8::7/128"]);
  assert.deepEqual(await subjectsOf(first), ["192.0.2.1", "2001:db8::7"]);
  await first.close();

  const group = arrayServer(
    (members) => ({
      meta: { rc: "ok" },
      data: [{ name: "b4", group_type: "address-group", group_members: [...members, "odd name"] }],
    }),
    ({ json }) => textsAt(json, "group_members")?.filter((text) => text !== "odd name"),
  );
  await using unifi = await openLocalServer(group);
  const parameters = { ipv4_group: "g4" };
  const second = await open(unifi, "key", { service: "unifi", parameters });
  const other = add("2001:db8::7");
  assert.deepEqual(await second.apply([add("192.0.2.1"), other], now()), [
    { change: other, error: "no list for IPv6 is configured", retryable: false },
  ]);
  assert.deepEqual(writes(unifi)[0]?.json, {
    ...{ name: "b4", group_type: "address-group" },
    group_members: ["odd name", "192.0.2.1"],
  });
  await second.close();
});

test("AWS WAF: signed requests, a set for each family, and a lock that another program took", async () => {
  const sets = new Map<string, readonly string[]>([
    ["id4", []],
    ["id6", ["2001:db8::/32"]],
  ]);
  let lock = 0;
  await using server = await openLocalServer({
    reply: ({ headers, json }) => {
      const body = isRecord(json) ? json : {};
      const id = String(body["Id"]);
      if (headers["x-amz-target"] === "AWSWAF_20190729.GetIPSet")
        return { status: 200, body: { IPSet: { Addresses: sets.get(id) }, LockToken: `l${lock}` } };
      if (body["LockToken"] !== `l${lock}`)
        return { status: 400, body: { __type: "WAFOptimisticLockException", Message: "stale" } };
      sets.set(id, textsAt(json, "Addresses") ?? []);
      return { status: 200, body: { NextLockToken: `l${++lock}` } };
    },
  });
  const parameters = {
    ...{ region: "eu-central-1", ipv4_name: "b4", ipv4_id: "id4" },
    ...{ ipv6_name: "b6", ipv6_id: "id6" },
  };
  const aws = { service: "aws-waf", parameters };
  const edge = await open(server, "AKIDEXAMPLE:secret-key:session/token==", aws);
  await edge.prepare(now());
  assert.deepEqual(await subjectsOf(edge), ["2001:db8::/32"]);
  lock++;
  sets.set("id4", ["203.0.113.1/32"]);
  const changes = [add("192.0.2.1"), add("198.51.100.0/24"), remove("2001:db8::/32")];
  assert.deepEqual(await edge.apply(changes, now()), []);
  assert.deepEqual(sets.get("id4"), ["203.0.113.1/32", "192.0.2.1/32", "198.51.100.0/24"]);
  assert.deepEqual(sets.get("id6"), []);
  const { headers } = server.requests[0] ?? assert.fail();
  assert.match(
    headers["authorization"] ?? "",
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/wafv2\/aws4_request, SignedHeaders=accept;content-type;host;user-agent;x-amz-date;x-amz-security-token;x-amz-target, Signature=[0-9a-f]{64}$/,
  );
  assert.equal(headers["x-amz-security-token"], "session/token==");
  assert.equal(
    server.requests.some(({ text }) => text.includes("secret-key")),
    false,
  );
  server.faults.push({ status: 400, body: { __type: "ThrottlingException" } });
  assert.match((await edge.prepare(now())).error ?? "", /answered 400: ThrottlingException$/);
  await edge.close();
});

test("certificates are verified: by the system's authorities, or by those of ca_file alone", async () => {
  const [key, cert] = [join(FOLDER, "key.pem"), join(FOLDER, "cert.pem")];
  const name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const files_ = ["-keyout", key, "-out", cert];
  const make = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", ...name, ...files_];
  execFileSync("openssl", make, { stdio: "ignore" });
  const certificate = { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  const reply = (): Reply => ({ status: 200, body: [] });
  await using server = await openLocalServer({ reply, certificate });
  const distrusting = await open(server, "api:secret", { service: "mikrotik" });
  assert.match((await distrusting.prepare(now())).error ?? "", /self-signed certificate/);
  assert.equal(server.requests.length, 0, "no token is sent");
  await distrusting.close();
  const trusting = await open(server, "api:secret", { service: "mikrotik", ca_file: cert });
  assert.equal((await trusting.prepare(now())).error, undefined);
  await trusting.close();
  chmodSync(cert, 0o666);
  const refused = await tryOpen(server, "api:secret", { service: "mikrotik", ca_file: cert });
  assert.deepEqual(refused, {
    ok: false,
    error: { reason: `every user can change ${cert}`, fix: "chmod o-w" },
  });
});

test("a credential comes from a private file or from systemd, and from nowhere else", async () => {
  const cloudflare = await openCloudflare();
  await using server = cloudflare.server;
  const token_file = writeToken(cloudflare.token);
  const refusal = async (secret: EdgeOptions["secret"]): Promise<string> => {
    const opened = await tryOpen(server, "", { ...CF_LIST, secret });
    return opened.ok ? "accepted" : opened.error.reason;
  };
  assert.equal(await refusal({ token_file }), "accepted");
  chmodSync(token_file, 0o640);
  assert.match(await refusal({ token_file }), /is open to other users: chmod 600/);
  assert.match(await refusal({ token_file: join(FOLDER, "none") }), /no such file/);
  assert.match(await refusal({ token_file: writeToken(" \n") }), /is empty/);
  assert.match(await refusal({ token_file: writeToken("a\nb") }), /more than one line/);
  assert.match(await refusal({ token_file: "token" }), /not an absolute path/);
  assert.match(await refusal({ token_file: "/dev/zero" }), /not a regular file/);
  assert.match(await refusal({ credential: "cf" }), /no systemd credentials/);
  process.env["CREDENTIALS_DIRECTORY"] = FOLDER;
  try {
    writeFileSync(join(FOLDER, "cf"), cloudflare.token, { mode: 0o440 });
    assert.equal(await refusal({ credential: "cf" }), "accepted");
    assert.match(await refusal({ credential: "../cf" }), /not a valid name of a credential/);
    assert.match(await refusal({ credential: ".." }), /not a valid name of a credential/);
  } finally {
    delete process.env["CREDENTIALS_DIRECTORY"];
  }
});

test("settings are checked against the definition before anything is sent", async () => {
  const cloudflare = await openCloudflare();
  await using server = cloudflare.server;
  const empty = join(FOLDER, "empty.pem");
  writeFileSync(empty, "");
  const cases: readonly (readonly [Options, RegExp])[] = [
    [{ service: "no-such-service" }, /unknown service "no-such-service"/],
    [{ service: "../x" }, /unknown service "\.\.\/x"/],
    [{ service: "cloudflare-list" }, /the parameter "account" is missing/],
    [{ ...CF_LIST, parameters: { account: "a", lst: "b" } }, /unknown parameter "lst"/],
    [{ ...CF_LIST, parameters: { account: "a", list: "b\n" } }, /parameter "list" is invalid/],
    [{ ...CF_LIST, base_url: "http://192.0.2.1" }, /only https protects the token/],
    [{ ...CF_LIST, base_url: "https://user@192.0.2.1" }, /contains a user or a query/],
    [{ ...CF_LIST, mark: "mine" }, /does not begin with "bailiff"/],
    [{ ...CF_LIST, mark: `bailiff ${"x".repeat(60)}` }, /is longer than 60 characters/],
    [{ ...CF_LIST, mark: "bailiff Köln" }, /contains characters other than printable ASCII/],
    [{ ...CF_LIST, ca_file: empty }, /contains no certificate/],
    [{ service: "unifi" }, /no list is configured/],
    [{ service: "mikrotik" }, /the credential has no ":"/],
  ];
  for (const [options, reason] of cases) {
    const opened = await tryOpen(server, "token", options);
    assert.ok(!opened.ok, String(reason));
    assert.match(opened.error.reason, reason);
  }
  assert.deepEqual(server.requests, []);
});

test("an administrator's definition is read from its path, and its mistakes are explained", async () => {
  const cloudflare = await openCloudflare();
  await using server = cloudflare.server;
  const shipped = readFileSync(
    new URL("../../edges/cloudflare-list.toml", import.meta.url),
    "utf8",
  );
  const reasonFor = async (text: string): Promise<string> => {
    const service = join(FOLDER, `${files++}.toml`);
    writeFileSync(service, text);
    const opened = await tryOpen(server, "t", { ...CF_LIST, service });
    return opened.ok ? "accepted" : opened.error.reason;
  };
  assert.equal(await reasonFor(shipped), "accepted");
  for (const [from, to, reason] of [
    ["{account}", "{acount}", /\{acount\} is not a placeholder/],
    ['method = "GET"', 'method = "TRACE"', /list.method: /],
    ["[add]", "[addition]", /addition: /],
    ["12-128", "wide", /prefixes.ipv6 is invalid/],
    ["[wait]", "[waits]", /waits: /],
    ["title = ", "title ", /expected/],
  ] as const)
    assert.match(await reasonFor(shipped.replace(from, to)), reason);
});
