/**
 * Bans with deny lists in front of real servers: nginx, HAProxy, Apache, Caddy, and a server behind tcp wrappers. This
 * process and the servers share a separate network. The banned client must be refused, by each server's own means,
 * and a neighbor must not.
 *
 * Banned: 192.0.2.10, all of 192.0.2.32/28 and of 2001:db8:1::/64. Not: 192.0.2.20 and 2001:db8:2::20.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { chmodSync, chownSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { duration } from "../../src/domain/duration.ts";
import type { Change } from "../../src/domain/enforcer.ts";
import { instant } from "../../src/domain/instant.ts";
import { type DenyFile, type DenyFileOptions, openDenyFile } from "../../src/firewall/deny-file.ts";
import { add, remove } from "../../src/firewall/enforcer.contract.ts";
import { enterOwnNetwork } from "../../src/host/kernel/own-network.fixture.ts";
import { systemClock } from "../../src/host/system-clock.ts";
import { baseFiles, packageFiles } from "./debian-files.ts";
import { WEB_PACKAGES } from "./real-services/web-servers.ts";
import { untilTrue } from "./stage.ts";

const SERVER = { ipv4: "192.0.2.1", ipv6: "2001:db8::1" };
const BANNED = ["192.0.2.10", "192.0.2.40", "2001:db8:1::10"];
const NEIGHBORS = ["192.0.2.20", "2001:db8:2::20"];
const SUBJECTS = ["192.0.2.10", "192.0.2.32/28", "2001:db8:1::/64"];
const LIMIT_MS = 120_000;
const SOCAT: readonly string[] = ["socat"];

// Downloads what is missing, which needs the network of the machine.
const LOWER = new Map(
  [WEB_PACKAGES, SOCAT].map((packages) => [packages, `${packageFiles(packages)}:${baseFiles()}`]),
);
const entered = await enterOwnNetwork();
assert.ok(entered.ok, entered.ok ? "" : entered.error);
execFileSync("/usr/sbin/ip", ["link", "set", "lo", "up"]);
for (const address of [SERVER.ipv4, SERVER.ipv6, ...BANNED, ...NEIGHBORS]) {
  const width = address.includes(":") ? "128" : "32";
  const flags = address.includes(":") ? ["nodad"] : [];
  execFileSync("/usr/sbin/ip", ["address", "add", `${address}/${width}`, "dev", "lo", ...flags]);
}

const FOLDER = mkdtempSync(join(tmpdir(), "bailiff-deny-files-"));
const children: ChildProcess[] = [];
after(async () => {
  for (const { pid } of children) if (pid !== undefined) process.kill(-pid, "SIGKILL");
  await Promise.all(children.map(untilEnded));
  rmSync(FOLDER, { recursive: true });
});

/** In texts, `$PORT` is the server's port, and /lists the folder of its list. */
interface RealServer {
  readonly name: string;
  readonly packages: readonly string[];
  readonly port: number;
  readonly format: DenyFileOptions["format"];
  /** Configuration: absolute path -> text. */
  readonly files: Readonly<Record<string, string>>;
  readonly prepare?: string;
  /** The server in the foreground: one command, which replaces the shell. */
  readonly run: string;
  /** Runs inside; `$SERVER` is the server's process. undefined: it reads the list for each connection. */
  readonly reload?: string;
  /** A socket on which the server answers "show proc" when it is ready for a reload. */
  readonly control?: string;
  readonly lacksNetworks?: boolean;
}

const NGINX = {
  packages: WEB_PACKAGES,
  prepare: "mkdir -p /var/log/nginx",
  run: `nginx -c /etc/lab.conf -g "daemon off;"`,
  reload: "nginx -c /etc/lab.conf -s reload",
};

function nginxFiles(http: string, server: string): Readonly<Record<string, string>> {
  const listen = "listen 192.0.2.1:$PORT; listen [2001:db8::1]:$PORT;";
  const reply = "location / { root /var/www; try_files /page =200; }";
  return {
    "/etc/lab.conf": `pid /run/lab.pid; error_log stderr; events {}
http { access_log off; ${http} server { ${listen} ${server} ${reply} } }\n`,
    "/var/www/page": "Welcome\n",
  };
}

const HAPROXY = {
  packages: WEB_PACKAGES,
  run: "haproxy -W -db -S /run/master.sock -f /etc/lab.cfg",
  // HAProxy loses this signal while it starts or reloads.
  reload: "kill -USR2 $SERVER",
  control: "/run/master.sock",
};

function haproxyFiles(rule: string): Readonly<Record<string, string>> {
  return {
    "/etc/lab.cfg": `defaults
  mode http
  timeout client 5s
  timeout connect 5s
  timeout server 5s
frontend web
  bind 192.0.2.1:$PORT
  bind [2001:db8::1]:$PORT
  ${rule}
  http-request return status 200 content-type text/plain string Welcome
`,
  };
}

const SERVERS: readonly RealServer[] = [
  {
    name: "nginx, geo",
    ...NGINX,
    port: 8001,
    format: "nginx-geo",
    files: nginxFiles(
      "geo $bailiff { default 0; include /lists/list; }",
      "if ($bailiff) { return 403; }",
    ),
  },
  {
    name: "nginx, map",
    ...NGINX,
    port: 8002,
    format: "nginx-map",
    lacksNetworks: true,
    files: nginxFiles(
      "map $remote_addr $bailiff { default 0; include /lists/list; }",
      "if ($bailiff) { return 403; }",
    ),
  },
  {
    name: "nginx, deny",
    ...NGINX,
    port: 8003,
    format: "nginx-deny",
    files: nginxFiles("include /lists/list;", ""),
  },
  {
    name: "HAProxy, map",
    ...HAPROXY,
    port: 8004,
    format: "haproxy-map",
    files: haproxyFiles("http-request deny if { src,map_ip(/lists/list,0) -m int 1 }"),
  },
  {
    name: "HAProxy, plain list",
    ...HAPROXY,
    port: 8005,
    format: "plain",
    files: haproxyFiles("tcp-request connection reject if { src -f /lists/list }"),
  },
  {
    name: "Apache",
    packages: WEB_PACKAGES,
    port: 8006,
    format: "apache",
    files: {
      "/etc/apache2/ports.conf": "Listen 192.0.2.1:$PORT\nListen [2001:db8::1]:$PORT\n",
      "/etc/apache2/conf-enabled/lab.conf": `ServerName lab.example.org
DocumentRoot /var/www/html
<Location "/">
  AuthMerging And
  <RequireAll>
    Require all granted
    Include /lists/list
  </RequireAll>
</Location>
`,
      "/var/www/html/index.html": "Welcome\n",
    },
    prepare: `mkdir -p /var/log/apache2 /etc/apache2/mods-enabled
cd /etc/apache2
for name in mpm_event authz_core authz_host dir mime; do
  for file in mods-available/$name.*; do ln -s "../$file" mods-enabled; done
done
cd /`,
    run: "apachectl -D FOREGROUND",
    reload: "apachectl graceful",
  },
  {
    name: "Caddy",
    packages: WEB_PACKAGES,
    port: 8007,
    format: "caddy",
    files: {
      "/etc/caddy/Caddyfile": `{
  order abort first
}
http://192.0.2.1:$PORT, http://[2001:db8::1]:$PORT {
  import /lists/list
  handle {
    respond Welcome
  }
}
`,
    },
    run: "env HOME=/tmp caddy run --config /etc/caddy/Caddyfile",
    reload: "env HOME=/tmp caddy reload --config /etc/caddy/Caddyfile",
  },
  {
    name: "tcp wrappers",
    packages: SOCAT,
    port: 8008,
    format: "hosts.deny",
    files: { "/etc/lab.allow": "", "/etc/answer": "HTTP/1.0 200 OK\n\n" },
    run: `sh -c 'for address in TCP4-LISTEN:$PORT,bind=192.0.2.1 "TCP6-LISTEN:$PORT,bind=[2001:db8::1]"; do
  socat "$address,reuseaddr,fork,tcpwrap=lab,allow-table=/etc/lab.allow,deny-table=/lists/list" SYSTEM:"cat /etc/answer; cat >/dev/null" &
done; wait'`,
  },
];

/** $1: a folder for mounts, $2: folders for overlayfs, $3: configuration, $4: the folder of the list; then a script. */
const ENTER = `mounts=$1 lower=$2 files=$3 lists=$4; shift 4
mount -t tmpfs -o mode=755 tmpfs "$mounts"
cd "$mounts"
mkdir upper work root
mount -t overlay overlay -o "lowerdir=$lower,upperdir=upper,workdir=work" root
cd root
cp -R "$files/." .
mkdir lists
mount --bind "$lists" lists
mount --rbind /proc proc
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mkdir run/lock
echo "127.0.0.1 localhost" >etc/hosts
exec chroot . /bin/sh -ec "$1"`;

for (const { name, ...server } of SERVERS) {
  describe(name, { timeout: 6 * LIMIT_MS }, () => testServer(name, server));
}

function testServer(name: string, server: Omit<RealServer, "name">): void {
  test("refuses the banned client and no other, and no client after the ban", async (context) => {
    const started = await startServer(server);
    try {
      await proveServer(server, started);
    } catch (error) {
      context.diagnostic(`${name}:\n${started.lines.slice(-30).join("")}`);
      throw error;
    }
  });
}

interface StartedServer {
  readonly list: DenyFile;
  readonly pid: number;
  readonly lines: readonly string[];
}

async function proveServer(
  { port, control, lacksNetworks = false }: Omit<RealServer, "name">,
  { list, pid }: StartedServer,
): Promise<void> {
  const untilReady = async (): Promise<void> => {
    if (control === undefined) return;
    const socket = `/proc/${pid}/root${control}`;
    await untilTrue(async () => (await answerOf(socket)).includes("master"), socket, LIMIT_MS);
  };
  for (const client of [...BANNED, ...NEIGHBORS])
    await untilTrue(() => isServed(client, port), `${client} is served`, LIMIT_MS);
  await untilReady();
  const subjects = lacksNetworks ? ["192.0.2.10", "2001:db8:1::10"] : SUBJECTS;
  const banned = lacksNetworks ? subjects : BANNED;
  await apply(
    list,
    subjects.map((text) => add(text)),
  );
  for (const client of banned)
    await untilTrue(async () => !(await isServed(client, port)), `${client} is refused`, LIMIT_MS);
  for (const client of NEIGHBORS) assert.ok(await isServed(client, port), `${client} is served`);
  await untilReady();
  await apply(
    list,
    subjects.map((text) => remove(text)),
  );
  for (const client of banned)
    await untilTrue(() => isServed(client, port), `${client} is served again`, LIMIT_MS);
}

async function apply(list: DenyFile, changes: readonly Change[]): Promise<void> {
  assert.deepEqual(await list.apply(changes, instant(Date.now())), []);
}

async function startServer(server: Omit<RealServer, "name">): Promise<StartedServer> {
  const { port, packages, format, prepare = "", run, reload } = server;
  const folder = join(FOLDER, String(port));
  const path = (name: string): string => join(folder, name);
  for (const name of ["mounts", "lists", "files"]) mkdirSync(path(name), { recursive: true });
  for (const [file, text] of Object.entries(server.files)) {
    mkdirSync(join(path("files"), file, ".."), { recursive: true });
    writeFileSync(join(path("files"), file), text.replaceAll("$PORT", String(port)));
  }
  const open = async (command: readonly string[]): Promise<DenyFile> => {
    const list = { path: join(path("lists"), "list"), format, reload: command };
    const limits = { every: duration(0), clock: systemClock };
    const allow = { isAllowed: () => false, emit: () => undefined };
    const opened = await openDenyFile({ ...list, ...limits, ...allow });
    assert.ok(opened.ok, opened.ok ? "" : opened.error.reason);
    return opened.value;
  };
  // The list must exist when the server starts.
  const first = await open([]);
  assert.equal((await first.prepare(instant(Date.now()))).error, undefined);
  const lower = LOWER.get(packages) ?? assert.fail();
  const script = `${prepare}\nexec ${run}`.replaceAll("$PORT", String(port));
  const enter = ["--mount", "/bin/sh", "-ec", ENTER, "sh", path("mounts"), lower];
  const child = spawn("/usr/bin/unshare", [...enter, path("files"), path("lists"), script], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  children.push(child);
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => void lines.push(text));
  const inside = ["nsenter", `--mount=/proc/${child.pid}/ns/mnt`, "/usr/sbin/chroot"];
  const command = reload?.replaceAll("$SERVER", String(child.pid));
  const list =
    command === undefined
      ? first
      : await open([...inside, join(path("mounts"), "root"), "/bin/sh", "-c", command]);
  return { list, lines, pid: child.pid ?? 0 };
}

/** Whether the server answers a request from this address with 200. */
function isServed(client: string, port: number): Promise<boolean> {
  const host = client.includes(":") ? SERVER.ipv6 : SERVER.ipv4;
  const name = client.includes(":") ? `[${host}]` : host;
  return new Promise((resolve) => {
    let answer = "";
    const socket = createConnection({ host, port, localAddress: client, timeout: 5000 });
    socket.setEncoding("utf8");
    socket.on("connect", () => socket.write(`GET / HTTP/1.0\r\nHost: ${name}:${port}\r\n\r\n`));
    socket.on("data", (text: string) => {
      answer += text;
      socket.end();
    });
    socket.on("timeout", () => socket.destroy());
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(/^HTTP\/1\.[01] 200 /.test(answer)));
  });
}

/** Returns what a server answers on its control socket; "": nothing. */
function answerOf(path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = createConnection({ path, timeout: 5000 });
    socket.on("connect", () => socket.write("show proc\n"));
    socket.on("data", (text: Buffer) => {
      resolve(text.toString());
      socket.destroy();
    });
    socket.on("timeout", () => socket.destroy());
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(""));
  });
}

function untilEnded(child: ChildProcess): Promise<unknown> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(undefined);
  return new Promise((resolve) => child.once("exit", resolve));
}

test("a list keeps the owner and mode that the administrator gave it", async () => {
  const path = join(FOLDER, "owned");
  writeFileSync(path, "");
  chownSync(path, 0, 65_534);
  chmodSync(path, 0o640);
  const usual = { isAllowed: () => false, emit: () => undefined, clock: systemClock };
  const opened = await openDenyFile({ path, format: "plain", ...usual });
  assert.ok(opened.ok, opened.ok ? "" : opened.error.reason);
  await apply(opened.value, [add("192.0.2.10")]);
  const { uid, gid, mode } = statSync(path);
  assert.deepEqual([uid, gid, mode & 0o777], [0, 65_534, 0o640]);
  assert.match(readFileSync(path, "utf8"), /^192\.0\.2\.10$/m);
});

test("a folder in which another user could replace the list is refused", async () => {
  const folder = join(FOLDER, "shared");
  mkdirSync(folder);
  chownSync(folder, 65_534, 65_534);
  const usual = { isAllowed: () => false, emit: () => undefined, clock: systemClock };
  const opened = await openDenyFile({ path: join(folder, "list"), format: "plain", ...usual });
  assert.ok(!opened.ok);
  assert.deepEqual(
    [opened.error.reason.includes("can change"), opened.error.fix],
    [true, "chown root"],
  );
});

test("a folder that others may write to is refused, although it is sticky, or was safe before", async () => {
  const folder = join(FOLDER, "changing");
  mkdirSync(folder);
  const path = join(folder, "list");
  const usual = { isAllowed: () => false, emit: () => undefined, clock: systemClock };
  const open = (): ReturnType<typeof openDenyFile> =>
    openDenyFile({ path, format: "plain", ...usual });
  chmodSync(folder, 0o1777);
  const refused = await open();
  assert.ok(!refused.ok);
  assert.equal(refused.error.reason, `every user can change ${folder}`);

  chmodSync(folder, 0o755);
  const opened = await open();
  assert.ok(opened.ok);
  const list = opened.value;
  await apply(list, [add("192.0.2.10")]);
  chmodSync(folder, 0o777);
  const [reason, fix] = [`every user can change ${folder}`, "chmod o-w"];
  const error = `${reason}: ${fix}`;
  const now = instant(Date.now());
  assert.partialDeepStrictEqual(await list.prepare(now), { error: reason, fix });
  const change = add("192.0.2.11");
  assert.deepEqual(await list.apply([change], now), [{ change, error, retryable: true }]);
  assert.deepEqual(await list.removeAll(), { ok: false, error });
  chmodSync(folder, 0o755);
  await apply(list, [change]);
  assert.equal((await list.list()).length, 2);
  await list.close();
});
