/**
 * A real nginx as reverse proxy in front of another one whose access log is watched: on the same host, where bans of
 * clients have an effect, and on another host, where they cannot. The innocent are those whom forged headers name.
 */
import assert from "node:assert/strict";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { JailReply } from "../../src/control/status-messages.ts";
import type { Place } from "../../src/demo/network.ts";
import type { RunningProgram } from "../../src/demo/running-program.ts";
import { openStage, type Stage, untilTrue } from "./stage.ts";

/** The visitor's network is private here, as between a load balancer and its servers. */
const PRIVATE = { host: "10.77.0.1", proxy: "10.77.0.2" };
const INNOCENT = "198.51.100.99";
const CURL = "/usr/bin/curl";

let stage: Stage;
let log: string;
const servers: RunningProgram[] = [];

before(async () => {
  stage = await openStage({ sshd: "none" });
  const { lab } = stage;
  log = join(lab.folder, "access.log");
  for (const [place, lines] of [
    ["host", [`addr add ${PRIVATE.host}/32 dev lo`, route(PRIVATE.proxy, "visitor", PRIVATE.host)]],
    [
      "visitor",
      [
        `addr add ${PRIVATE.proxy}/32 dev uplink`,
        route(PRIVATE.host, "uplink", PRIVATE.proxy),
        ...[31, 32, 33].map((n) => `addr add 198.51.100.${n}/32 dev lo`),
      ],
    ],
  ] as const) {
    const done = await lab.run(place, ["/usr/sbin/ip", "-batch", "-"], lines.join("\n"));
    assert.ok(done.ok, done.ok ? "" : done.error);
  }
  const users = file("users", "alice:{PLAIN}right\n");
  await serve("host", "back", {
    http: `log_format main '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
      '"$http_referer" "$http_user_agent" "$http_x_forwarded_for"';
    access_log ${log} main;`,
    server: `listen 127.0.0.1:8080; listen ${PRIVATE.host}:8080; listen ${lab.host.ipv4}:8080;
    location / { auth_basic "back"; auth_basic_user_file ${users}; root ${lab.folder}; }`,
  });
  await serve("host", "near", front(`${lab.host.ipv4}:80`, "127.0.0.1:8080"));
  await serve("visitor", "far", front(`${PRIVATE.proxy}:80`, `${PRIVATE.host}:8080`));
});

after(async () => {
  for (const server of servers) server.kill("SIGTERM");
  await Promise.all(servers.map(({ ended }) => ended));
  await stage[Symbol.asyncDispose]();
});

function route(to: string, device: string, from: string): string {
  return `route add ${to} dev ${device} src ${from}`;
}

function file(name: string, text: string): string {
  const path = join(stage.lab.folder, name);
  writeFileSync(path, text);
  return path;
}

interface ServerText {
  readonly http?: string;
  readonly server: string;
}

/** Appends its peer to the header; below /hidden/ it hides the client. */
function front(listen: string, back: string): ServerText {
  return {
    server: `listen ${listen};
    location / { proxy_pass http://${back}; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }
    location /hidden/ { proxy_pass http://${back}; proxy_set_header X-Forwarded-For unknown; }`,
  };
}

async function serve(
  place: Place,
  name: string,
  { http = "access_log off;", server }: ServerText,
): Promise<void> {
  const folder = join(stage.lab.folder, name);
  mkdirSync(folder);
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
    .join(" ");
  const config = file(
    `${name}.conf`,
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr notice; error_log ${folder}/error.log error;
    events {} http { ${paths} ${http} server { ${server} } }`,
  );
  const running = stage.lab.start(place, ["/usr/sbin/nginx", "-c", config, "-e", "stderr"]);
  servers.push(running);
  const ready = await running.until(/using the "/);
  assert.ok(ready !== undefined, running.lines.join("\n"));
}

interface Request {
  readonly place: "intruder" | "visitor";
  readonly from: string;
  readonly url: string;
  /** A header that the client sends. */
  readonly forged?: string;
  readonly password?: string;
}

/** The status of the answer; 0: none came in `seconds`. */
async function request(what: Request, seconds = 60): Promise<number> {
  const { place, from, url, forged, password = "wrong" } = what;
  const header = forged === undefined ? [] : ["-H", `X-Forwarded-For: ${forged}`];
  const done = await stage.lab.run(place, [
    ...[CURL, "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", String(seconds)],
    ...["--interface", from, "-u", `alice:${password}`, ...header, url],
  ]);
  return Number(done.ok ? done.output : 0);
}

const NO_ANSWER = 0;

/** Fails to log in three times. */
async function attack(what: Request): Promise<void> {
  for (let i = 0; i < 2; i++) assert.equal(await request(what), 401);
  // The ban may drop the answer, because the line is written before it.
  assert.ok([401, NO_ANSWER].includes(await request(what, 5)));
}

interface WatchOptions {
  readonly maxretry?: number;
  /** Whether a second jail reads the error log of the same server, or that jail alone. */
  readonly errors?: boolean | "only";
}

/** Starts the daemon with one jail or two. */
async function watch(trusted: string | undefined, options?: WatchOptions): Promise<void> {
  configure(trusted, options);
  await stage.start();
}

function configure(
  trusted: string | undefined,
  { maxretry = 3, errors = false }: WatchOptions = {},
): void {
  const jail = (name: string, file: string): string => `[jails.${name}]
source = { file = [${JSON.stringify(file)}] }
maxretry = ${maxretry}
increment = { enabled = false }
lockout_guard = "0s"
`;
  const trust = trusted === undefined ? "" : `trusted_proxies = ${trusted}\n`;
  const first = errors === false ? "" : jail("nginx", errorLog());
  stage.configure(errors === "only" ? first : `${first}${jail("access-log", log)}${trust}`);
}

function errorLog(): string {
  return join(stage.lab.folder, "back", "error.log");
}

/** Waits until the newest line of the error log was counted or ignored. */
async function untilFailures(jail: string, count: number): Promise<void> {
  await untilTrue(async () => {
    const { jails } = await stage.ask("status", {});
    return (jails.find(({ name }) => name === jail)?.failures ?? 0) >= count;
  }, `${count} failures in jail ${jail}`);
}

async function untilSaid(cause: string): Promise<JailReply> {
  let said: JailReply | undefined;
  await untilTrue(async () => {
    said = (await stage.ask("status", {})).jails[0];
    return said?.cause === cause;
  }, `the jail says ${cause}`);
  assert.ok(said !== undefined);
  return said;
}

async function banned(): Promise<readonly string[]> {
  return (await stage.bans()).map(({ subject }) => subject).toSorted();
}

const near = (): string => `http://${stage.lab.host.ipv4}/`;
const far = `http://${PRIVATE.proxy}/`;
const direct = (): string => `http://${stage.lab.host.ipv4}:8080/`;

test("a proxy that nobody configured is reported instead of banned; who only claims to be one is banned", async () => {
  await watch(undefined);
  await attack({ place: "visitor", from: "198.51.100.31", url: far });
  const { reason, fix } = await stage.untilEvent("proxy-suspected", { ip: PRIVATE.proxy });
  assert.equal(reason, "its lines name 198.51.100.31 as the client");
  assert.match(String(fix), /trusted_proxies = \["10\.77\.0\.2"\]/);
  const said = await untilSaid("behind-proxy");
  assert.match(
    said.reason,
    /^3 of the last 3 failures come from 10\.77\.0\.2, which looks like a proxy/,
  );
  assert.match(said.fix ?? "", /trusted_proxies = \["10\.77\.0\.2"\]/);
  await attack({ place: "intruder", from: "192.0.2.50", url: direct(), forged: INNOCENT });
  await stage.untilBlocked("192.0.2.50");
  assert.deepEqual(await banned(), ["192.0.2.50"]);
  await untilSaid("partly-behind-proxy");
  const { output } = await stage.bailiff("why", PRIVATE.proxy);
  assert.match(
    output,
    /Ignored offenses:\n.*it looks like a proxy: its lines name 198\.51\.100\.31/,
  );
  await stage.stop();
});

test("behind a trusted proxy on this host the client is banned, and cut off", async () => {
  await watch('["127.0.0.1"]');
  await attack({
    place: "intruder",
    from: "192.0.2.60",
    url: near(),
    forged: `${INNOCENT}, unknown`,
  });
  await stage.untilEvent("ban", { ip: "192.0.2.60", jail: "access-log" });
  await stage.untilBlocked("192.0.2.60");
  assert.equal(await request({ place: "intruder", from: "192.0.2.60", url: near() }, 5), 0);
  assert.equal(await request({ place: "intruder", from: "192.0.2.61", url: near() }), 401);
  assert.deepEqual(await banned(), ["192.0.2.50", "192.0.2.60"]);
  const { output } = await stage.bailiff("why", "192.0.2.60");
  assert.match(output, /through proxy 127\.0\.0\.1 \(hop 1 from the right\)/);
  const hidden = { place: "intruder", from: "192.0.2.62", url: `${near()}hidden/` } as const;
  await attack({ ...hidden, forged: INNOCENT });
  const said = await untilSaid("client-hidden");
  assert.match(said.reason, /^3 failures came through trusted proxies without a client's address/);
  assert.deepEqual(await banned(), ["192.0.2.50", "192.0.2.60"]);
  await stage.stop();
});

test("behind a trusted proxy on another host the ban is recorded, and doctor says that it cannot bite", async () => {
  await watch('["10.77.0.0/24"]');
  await attack({ place: "visitor", from: "198.51.100.32", url: far, forged: INNOCENT });
  await stage.untilEvent("ban", { ip: "198.51.100.32", jail: "access-log" });
  const said = await untilSaid("behind-proxy");
  assert.equal(said.state, "toothless");
  assert.match(
    said.reason,
    /a ban of 198\.51\.100\.32 cannot bite here, because its packets come through proxy 10\.77\.0\.2$/,
  );
  assert.equal(await request({ place: "visitor", from: "198.51.100.32", url: far }), 401);
  const { output } = await stage.bailiff("doctor");
  assert.match(output, /cannot bite here/);
  assert.ok(!(await banned()).includes(PRIVATE.proxy) && !(await banned()).includes(INNOCENT));
  await stage.stop();
});

test("a proxy is banned by no jail of its server: neither one that another jail trusts, nor a suspected one", async () => {
  for (const trusted of ['["10.77.0.2"]', undefined]) {
    await watch(trusted, { errors: true });
    await attack({ place: "visitor", from: "198.51.100.33", url: far });
    await untilFailures("nginx", 3);
    assert.ok(!(await banned()).includes(PRIVATE.proxy));
    const ban = await stage.bailiff("ban", PRIVATE.proxy);
    assert.notEqual(ban.code, 0);
    assert.match(
      ban.output,
      trusted === undefined
        ? /looks like a proxy/
        : /trusted_proxies 10\.77\.0\.2 of jail access-log/,
    );
    assert.ok(!(await banned()).includes(PRIVATE.proxy));
    await stage.stop();
  }
});

test("a restart forgets neither the failures through an unconfigured proxy nor that it forwards", async () => {
  await watch(undefined, { maxretry: 50 });
  await attack({ place: "visitor", from: "198.51.100.33", url: far });
  await untilFailures("access-log", 3);
  await stage.stop();
  await watch(undefined, { maxretry: 2 });
  await stage.untilEvent("proxy-suspected", { ip: PRIVATE.proxy });
  assert.ok(!(await banned()).includes(PRIVATE.proxy));
  await stage.stop();
});

test("a proxy that was banned before a line shows that it forwards is unbanned", async () => {
  // Unread lines of earlier tests would ban the proxy before a request of this one shows that it forwards.
  truncateSync(join(stage.lab.folder, "back", "error.log"));
  await watch(undefined, { errors: "only" });
  // Not all are answered: earlier failures count too.
  for (let i = 0; i < 3; i++) await request({ place: "visitor", from: "198.51.100.33", url: far });
  await stage.untilEvent("ban", { ip: PRIVATE.proxy, jail: "nginx" });
  configure(undefined, { errors: true });
  await stage.ask("reload", {});
  const { reason } = await stage.untilEvent("unban", { ip: PRIVATE.proxy, jail: "nginx" });
  assert.equal(reason, "it looks like a proxy: its lines in jail access-log name other clients");
  assert.ok(!(await banned()).includes(PRIVATE.proxy));
  assert.equal(
    await request({ place: "visitor", from: "198.51.100.33", url: far, password: "right" }),
    403,
  );
  await stage.stop();
});
