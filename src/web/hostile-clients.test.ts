/** Clients that use up connections, streams and memory, or act for another user, over real HTTP. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { type SessionHeaders, WebLab } from "./web-lab.fixture.ts";

/** Opens a connection that begins a request and never completes it. */
async function openHalf({ url }: WebLab): Promise<Socket> {
  const socket = connect(Number(url.port), url.hostname);
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n");
  return socket;
}

/** Opens a stream of live events, and returns its status when the first bytes are there. */
async function openStream({ url }: WebLab, headers: SessionHeaders): Promise<[number, () => void]> {
  const sent = request({ hostname: url.hostname, port: url.port, path: "/api/live", headers });
  sent.on("error", () => undefined);
  sent.end();
  const [response] = await once(sent, "response");
  await once(response, "data");
  return [response.statusCode, () => sent.destroy()];
}

test("connections without a session keep nobody out, and lose to those with one", async () => {
  await using lab = await WebLab.open();
  const headers = await lab.logIn();
  const [status, close] = await openStream(lab, headers);
  assert.equal(status, 200);
  const hoard: Socket[] = [];
  for (let i = 0; i < 300; i++) hoard.push(await openHalf(lab));
  assert.equal((await lab.send("/api/session", { headers })).status, 200);
  for (const socket of hoard.slice(0, 40)) if (!socket.destroyed) await once(socket, "close");
  assert.equal(hoard.at(-1)?.destroyed, false, "only the oldest are closed");
  close();
  for (const socket of hoard) socket.destroy();
});

test("a stream that nobody reads holds no place, and one user cannot take those of others", async () => {
  await using lab = await WebLab.open();
  const headers = await lab.logIn("read-only");
  for (let i = 0; i < 20; i++)
    assert.equal((await lab.send("/api/live", { method: "HEAD", headers })).status, 200);
  const streams = await Promise.all(Array.from({ length: 16 }, () => openStream(lab, headers)));
  assert.ok(streams.every(([status]) => status === 200));
  const refused = await lab.send("/api/live", { headers });
  assert.deepEqual([refused.status, refused.body.error?.code], [503, "busy"]);
  const other = await lab.logIn("read-only", "dave");
  const [status, close] = await openStream(lab, other);
  assert.equal(status, 200);
  for (const [, end] of [...streams, [0, close] as const]) end();
});

test("a session that a proxy began ends when the proxy names someone else", async () => {
  await using lab = await WebLab.open();
  const path = join(lab.folder, "web.sock");
  const toml = `listen = "${path}"\nuser_header = "X-User"\nhosts = ["bailiff.example.com"]\n[users.alice]\nrole = "operator"\n[users.bob]\n`;
  await using _web = await lab.openWeb(toml, join(lab.folder, "run2"));
  const as = (user: string) => ({
    host: "bailiff.example.com",
    origin: "https://bailiff.example.com",
    "x-user": user,
  });
  const login = await lab.send("/api/login", { body: {}, socketPath: path, headers: as("alice") });
  const [cookie = ""] = login.headers["set-cookie"]?.[0]?.split(";") ?? [];
  const session = { cookie, "x-bailiff-token": String(login.body["token"]) };
  const ask = async (more: SessionHeaders) => {
    const headers = { host: "bailiff.example.com", ...session, ...more };
    return (await lab.send("/api/session", { socketPath: path, headers })).status;
  };
  assert.equal(await ask(as("alice")), 200);
  assert.equal(await ask(as("bob")), 401);
  assert.equal(await ask({}), 401, "the proxy names nobody");
});

test("it is reached by the address on which it listens, and by no other name", async () => {
  await using lab = await WebLab.open();
  await using web = await lab.openWeb('listen = "127.0.0.2:0"', join(lab.folder, "run2"));
  const { port } = new URL(web.url);
  const statusOf = async (host: string) => {
    const sent = request({ hostname: "127.0.0.2", port, path: "/", headers: { host } }).end();
    const [response] = await once(sent, "response");
    response.resume();
    return response.statusCode;
  };
  assert.equal(await statusOf(`127.0.0.2:${port}`), 200);
  assert.equal(await statusOf("127.0.0.3"), 421);
});

test("a step of the wall clock ends no session, and makes no old link valid", async () => {
  await using lab = await WebLab.open();
  const headers = await lab.logIn();
  const [late, early] = [lab.link(), lab.link()];
  const statusOf = async (link: string) =>
    (await lab.send("/api/login", { body: { link } })).status;
  lab.wallStep = 30 * 86_400_000;
  assert.equal((await lab.send("/api/session", { headers })).status, 200);
  assert.equal(await statusOf(early), 200);
  lab.wallStep = -86_400_000;
  lab.now += 10 * 60_000;
  assert.equal((await lab.send("/api/session", { headers })).status, 200);
  assert.equal(await statusOf(late), 401);
});

test("refused logins fill no log, and are counted; successful ones are always logged", async () => {
  await using lab = await WebLab.open();
  for (let i = 0; i < 200; i++) await lab.send("/api/login", { body: { link: "x.y" } });
  await lab.logIn();
  assert.equal(lab.log.length, 61);
  assert.match(lab.log[0] ?? "", /^a login failed: the link is invalid/);
  assert.equal(lab.log.at(-1), "carol logged in with a one-time link (operator)");
  lab.now += 60_000;
  await lab.send("/api/login", { body: { link: "x.y" } });
  assert.deepEqual(lab.log.slice(61), ["140 more refusals were not logged", lab.log[0]]);
});

test("localhost, on which another user could listen, gets no session: its pages lead to the address", async () => {
  await using lab = await WebLab.open();
  const host = `localhost:${lab.url.port}`;
  const page = await lab.send("/bans?search=192.0.2.1", { headers: { host } });
  assert.equal(page.status, 307);
  assert.equal(page.headers.location, `${lab.url.origin}/bans?search=192.0.2.1`);
  const body = { link: lab.link() };
  const login = await lab.send("/api/login", { body, headers: { host, origin: `http://${host}` } });
  assert.deepEqual([login.status, login.body.error?.code], [421, "other-host"]);
  assert.equal(login.headers["set-cookie"], undefined);
  assert.equal((await lab.send("/api/login", { body })).status, 200, "the link was not used up");
});

test("many logins at the same time are refused beyond a few, whatever their names", async () => {
  await using lab = await WebLab.open();
  const logins = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      lab.send("/api/login", { body: { name: `user${n}`, password: "guess" } }),
    ),
  );
  const refused = logins.filter(({ status }) => status === 429);
  assert.ok(refused.length >= 10, String(refused.length));
  assert.match(refused[0]?.text ?? "", /too many passwords are being checked/);
  assert.ok(logins.every(({ status }) => status === 429 || status === 401));
});
