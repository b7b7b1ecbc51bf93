/** Tests against local servers that a ban counts as enforced only if the answer or the list says so, and all bounds. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { duration } from "../../domain/duration.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { systemClock } from "../../host/system-clock.ts";
import { type Edge, type EdgeOptions, openEdge } from "../edge.ts";
import { add, remove } from "../enforcer.contract.ts";
import { openCloudflare } from "./cloudflare.fixture.ts";
import { defaultMarks } from "./default-marks.ts";
import { type LocalServer, openLocalServer, type Reply } from "./local-server.fixture.ts";
import { openMikrotik } from "./mikrotik.fixture.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "bailiff-edge-list-"));
after(() => rmSync(FOLDER, { recursive: true }));

const MARK = "bailiff test";
const NO_PAUSE = { first: duration(0), longest: duration(0) };
const ALIAS = { service: "opnsense" };
const CF_LIST = { service: "cloudflare-list", parameters: { account: "acc", list: "lst" } };
const CF_ZONE = { service: "cloudflare-zone", parameters: { zone: "zon" } };

async function open(
  { url }: LocalServer,
  token: string,
  options: Partial<EdgeOptions> & Pick<EdgeOptions, "service">,
): Promise<Edge> {
  const token_file = join(FOLDER, "token");
  writeFileSync(token_file, token, { mode: 0o600 });
  const opened = await openEdge({
    ...{ base_url: url, secret: { token_file }, parameters: {}, mark: MARK },
    ...{ pauses: NO_PAUSE, clock: systemClock, isAllowed: () => false },
    ...options,
  });
  assert.ok(opened.ok, opened.ok ? "" : opened.error.reason);
  return opened.value;
}

function now(): Instant {
  return instant(Date.now());
}

/** Returns the error of adding one address; undefined: it counts as enforced. */
async function errorOfBan(edge: Edge, address = "192.0.2.1"): Promise<string | undefined> {
  const [refusal] = await edge.apply([add(address)], now());
  return refusal?.error;
}

async function subjectsOf(edge: Edge): Promise<readonly string[]> {
  return (await edge.list()).map(({ subject }) => subject).toSorted();
}

function openAlias(change: Reply): Promise<LocalServer> {
  return openLocalServer({
    reply: ({ method }) => (method === "GET" ? { status: 200, body: { rows: [] } } : change),
  });
}

test("OPNsense: an alias that does not exist, or drops what it accepted, enforces nothing", async () => {
  for (const [change, reason] of [
    [{ status: 200, body: { status: "failed", status_msg: "no alias" } }, /: failed, no alias$/],
    [{ status: 200, body: { status: "done" } }, /accepted the change, but the list has no entry/],
    [{ status: 200 }, /the answer does not say that it succeeded$/],
    [{ status: 200, body: {} }, /the answer does not say that it succeeded$/],
  ] as const) {
    await using server = await openAlias(change);
    const edge = await open(server, "key:secret", ALIAS);
    assert.match((await errorOfBan(edge)) ?? "", reason);
    assert.deepEqual(await subjectsOf(edge), []);
    await edge.close();
  }
});

test("an empty or shapeless answer is no empty list", async () => {
  for (const [service, parameters, bodies] of [
    ["opnsense", {}, [undefined, {}, null, [], { rows: {} }]],
    ["pfsense", {}, [undefined, {}, { data: [] }]],
    ["mikrotik", {}, [undefined, {}, { rows: [] }]],
    ["unifi", { ipv4_group: "g" }, [{ meta: { rc: "ok" } }]],
  ] as const)
    for (const body of bodies) {
      await using server = await openLocalServer({ reply: () => ({ status: 200, body }) });
      const edge = await open(server, "key:secret", { service, parameters });
      const { error } = await edge.prepare(now());
      assert.match(error ?? "", /^the answer has no list at/, `${service} ${JSON.stringify(body)}`);
      assert.match((await errorOfBan(edge)) ?? "", /^the answer has no list at/);
      await edge.close();
    }
});

test("a list that is replaced is read again, and what it lacks is not enforced", async () => {
  const data = [{ id: 4, address: [] }];
  await using server = await openLocalServer({ reply: () => ({ status: 200, body: { data } }) });
  const edge = await open(server, "key", { service: "pfsense" });
  assert.match((await errorOfBan(edge)) ?? "", /but the list has no entry that blocks it$/);
  await edge.close();
});

test("an operation without a name is not a completed one", async () => {
  const body = { success: true, result: [] };
  await using server = await openLocalServer({ reply: () => ({ status: 200, body }) });
  const edge = await open(server, "token", CF_LIST);
  assert.match((await errorOfBan(edge)) ?? "", /the answer names no operation$/);
  await edge.close();
});

test("a Cloudflare rule of another mode does not enforce a ban, one that blocks does", async () => {
  const rule = (value: string, mode: string, notes: string): object => {
    return { id: value, mode, notes, configuration: { target: "ip", value } };
  };
  let rules: readonly object[] = [rule("192.0.2.1", "whitelist", "by hand")];
  await using server = await openLocalServer({
    reply: ({ method }) => {
      if (method === "GET") return { status: 200, body: { success: true, result: rules } };
      const errors = [{ message: "firewallaccessrules.api.duplicate_of_existing" }];
      return { status: 400, body: { success: false, errors } };
    },
  });
  const edge = await open(server, "token", CF_ZONE);
  assert.match((await errorOfBan(edge)) ?? "", /duplicate_of_existing, but the list has no entry/);
  assert.deepEqual(await subjectsOf(edge), []);
  // Added by somebody since the last reading.
  rules = [rule("192.0.2.1", "block", "by hand")];
  assert.equal(await errorOfBan(edge), undefined);
  assert.deepEqual(await subjectsOf(edge), ["192.0.2.1"]);
  await edge.close();
});

test("MikroTik: a disabled entry of ours is replaced, that of others stays and enforces nothing", async () => {
  const mikrotik = await openMikrotik("api:secret");
  await using server = mikrotik.server;
  const entry = { list: "bailiff", disabled: "true" } as const;
  mikrotik.add("ip", { ...entry, address: "192.0.2.1", comment: MARK });
  mikrotik.add("ip", { ...entry, address: "192.0.2.2", comment: "by hand" });
  mikrotik.add("ip", { ...entry, address: "192.0.2.3", comment: MARK });
  const edge = await open(server, "api:secret", { service: "mikrotik" });
  await edge.prepare(now());
  assert.deepEqual(await subjectsOf(edge), []);
  assert.equal(await errorOfBan(edge, "192.0.2.1"), undefined);
  assert.match(
    (await errorOfBan(edge, "192.0.2.2")) ?? "",
    /already have such entry, but the list has no entry that blocks it$/,
  );
  assert.deepEqual(await edge.apply([remove("192.0.2.3")], now()), []);
  assert.deepEqual(await subjectsOf(edge), ["192.0.2.1"]);
  assert.deepEqual(
    [...mikrotik.entries.values()].map(({ address, disabled }) => [address, disabled]),
    [
      ["192.0.2.2", "true"],
      ["192.0.2.1", "false"],
    ],
  );
  await edge.close();
});

test("MikroTik: an empty answer to an addition or a removal proves nothing", async () => {
  const entry = { ".id": "*1", address: "192.0.2.1", comment: MARK, disabled: "false" };
  await using server = await openLocalServer({
    reply: ({ method, path }) =>
      method === "GET"
        ? { status: 200, body: path.includes("ipv6") ? [] : [entry] }
        : { status: 200 },
  });
  const edge = await open(server, "api:secret", { service: "mikrotik" });
  assert.match((await errorOfBan(edge, "192.0.2.2")) ?? "", /does not say that it succeeded$/);
  const [refusal] = await edge.apply([remove("192.0.2.1")], now());
  assert.equal(refusal?.error, "the service accepted the change, but the list still has the entry");
  const removed = await edge.removeAll();
  assert.ok(!removed.ok);
  await edge.close();
});

test("a credential is in no message, wherever a message is cut", async () => {
  const token = "key-0123456789:pass:word-0123456789";
  const base64 = Buffer.from(token).toString("base64");
  for (const secret of [token, base64])
    for (let length = 300 - secret.length; length <= 300; length++) {
      const message = `${"x".repeat(length)}${secret}`;
      await using server = await openLocalServer({
        reply: () => ({ status: 400, body: { message } }),
      });
      const edge = await open(server, token, ALIAS);
      const { error = "" } = await edge.prepare(now());
      assert.match(error, /answered 400: x+…?$/);
      await edge.close();
    }
});

test("the error of an operation is redacted", async () => {
  const cloudflare = await openCloudflare();
  await using server = cloudflare.server;
  server.faults.push(
    { status: 200, body: { success: true, result: [] } },
    { status: 200, body: { success: true, result: { operation_id: "op" } } },
    {
      status: 200,
      body: { success: true, result: { status: "failed", error: `no ${cloudflare.token}` } },
    },
  );
  const edge = await open(server, cloudflare.token, CF_LIST);
  assert.equal(await errorOfBan(edge), "the operation failed: no …");
  await edge.close();
});

test("a cursor that comes twice ends a reading, and the next one waits", async () => {
  const result_info = { cursors: { after: "again" } };
  await using server = await openLocalServer({
    reply: () => ({ status: 200, body: { success: true, result: [], result_info } }),
  });
  const pauses = { first: duration(60_000), longest: duration(60_000) };
  const edge = await open(server, "token", { ...CF_LIST, pauses });
  assert.equal((await edge.prepare(now())).error, "the service returned a page's cursor twice");
  assert.equal(server.requests.length, 2);
  assert.match((await edge.prepare(now())).error ?? "", /cursor twice; next reading in \d+/);
  assert.match((await errorOfBan(edge)) ?? "", /next reading in/);
  assert.equal(server.requests.length, 2);
  await edge.close();
});

test("pages, entries and bytes of a reading are bounded", async () => {
  let page = 0;
  for (const [result, reason, most] of [
    [[], "the list has too many pages", 1000],
    [Array.from({ length: 200_000 }, () => 0), "the list has too many entries", 3],
    [["x".repeat(15 * 1024 * 1024)], "the list is too large", 5],
  ] as const) {
    const text = JSON.stringify(result);
    await using server = await openLocalServer({
      reply: () => ({
        status: 200,
        body: `{"success":true,"result":${text},"result_info":{"cursors":{"after":"${page++}"}}}`,
      }),
    });
    const edge = await open(server, "token", CF_LIST);
    assert.equal((await edge.prepare(now())).error, reason);
    assert.equal(server.requests.length, most);
    await edge.close();
  }
});

test("two hosts of one name keep their hands off each other's entries", async () => {
  const cloudflare = await openCloudflare();
  await using server = cloudflare.server;
  const hosts = ["a", "b"].map((digit) => ({ name: "web", machineId: digit.repeat(32) }));
  const [first, second] = await Promise.all(
    hosts.map((host) => open(server, cloudflare.token, { ...CF_LIST, mark: undefined, host })),
  );
  assert.ok(first !== undefined && second !== undefined);
  await first.apply([add("192.0.2.1")], now());
  await second.apply([add("192.0.2.2")], now());
  assert.deepEqual(await subjectsOf(first), ["192.0.2.1"]);
  assert.deepEqual(await subjectsOf(second), ["192.0.2.2"]);
  assert.deepEqual(await second.removeAll(), { ok: true, value: undefined });
  assert.deepEqual([...cloudflare.items.keys()], ["192.0.2.1"]);
  // The mark of earlier releases.
  cloudflare.add("192.0.2.9", "bailiff web");
  await first.prepare(now());
  assert.deepEqual(await subjectsOf(first), ["192.0.2.1", "192.0.2.9"]);
  await first.close();
  await second.close();
});

test("default marks differ by machine ID, do not contain it, and fit a long host name", () => {
  const machineId = "0123456789abcdef0123456789abcdef";
  const [mark = "", former] = defaultMarks({ name: "h".repeat(60), machineId });
  assert.match(mark, /^bailiff h{40} [0-9a-f]{8}$/);
  assert.equal(machineId.includes(mark.slice(-8)), false);
  assert.equal(former, `bailiff ${"h".repeat(60)}`);
  assert.deepEqual(defaultMarks({ name: "web", machineId: undefined }), ["bailiff web"]);
});
