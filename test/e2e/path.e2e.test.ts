/**
 * Whether a drop by our table protects the program: each cause is produced for real, and the reported state is compared
 * with what happens to packets.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { findProgram } from "../../src/host/process/find-program.ts";
import { runProgram } from "../../src/host/process/run-program.ts";
import { failedPassword, openStage, type Stage, THREE_STRIKES, untilTrue } from "./stage.ts";

interface Said {
  readonly state: string;
  readonly cause: string;
  readonly reason: string;
  readonly fix: string;
}

/** Waits for the daemon's event, and compares `bailiff status` with it. */
async function untilSaid(stage: Stage, expected: { state: string; cause: string }): Promise<Said> {
  const name = expected.state === "degraded" ? "jail-degraded" : "jail-failed";
  const event = await stage.untilEvent(name, { cause: expected.cause });
  const [jail] = (await stage.ask("status", {})).jails;
  assert.deepEqual([jail?.state, jail?.cause], [expected.state, expected.cause]);
  return { ...expected, reason: String(event["reason"]), fix: String(event["fix"]) };
}

/** The evidence of the path's proof after the first checks. */
async function untilProven(stage: Stage, words: RegExp): Promise<string> {
  let output = "";
  await untilTrue(async () => {
    output = (await stage.bailiff("doctor")).output;
    return /✓ path/.test(output) && words.test(output);
  }, `the path is proven with ${words}`);
  return output;
}

const IP = findProgram("ip") ?? "ip";
const INNER = `bailiff-path-${process.pid}-inner`;

/** Name of the lab's namespace. */
function placeName(place: "host" | "intruder"): string {
  return `bailiff-lab-${process.pid}-${place}`;
}

async function ip(words: string): Promise<string> {
  const done = await runProgram({
    argv: [IP, ...words.split(" ")],
    input: "",
    timeoutMilliseconds: 60_000,
  });
  assert.ok(done.ok, `ip ${words}: ${done.ok ? "" : done.error}`);
  return done.output;
}

interface Inner extends AsyncDisposable {
  readonly address: string;
}

/**
 * A network namespace with its own sshd, which logs to the stage's log. host: it is behind the host, as a container
 * is. aside: it is joined to the intruder's side without the host, as one with macvlan is.
 */
async function openInner(stage: Stage, joined: "host" | "aside"): Promise<Inner> {
  const { lab } = stage;
  const peer = joined === "host" ? "host" : "intruder";
  await using made = new AsyncDisposableStack();
  await ip(`netns add ${INNER}`);
  made.defer(async () => void (await ip(`netns delete ${INNER}`)));
  await ip(`-netns ${placeName(peer)} link add inner type veth peer name uplink netns ${INNER}`);
  await ip(`-netns ${placeName(peer)} address add 198.51.100.129/30 dev inner`);
  await ip(`-netns ${placeName(peer)} link set inner up`);
  for (const line of [
    "link set lo up",
    "link set uplink up",
    "address add 198.51.100.130/30 dev uplink",
    "route add default via 198.51.100.129",
  ])
    await ip(`-netns ${INNER} ${line}`);
  if (joined === "host") {
    const forward = "echo 1 > /proc/sys/net/ipv4/ip_forward";
    await lab.run("host", ["/bin/sh", "-c", forward]);
    const route = "route add 198.51.100.130 via 203.0.113.1 dev uplink onlink src 192.0.2.1";
    await ip(`-netns ${placeName("intruder")} ${route}`);
  }
  const sshd = await lab.openSshd([IP, "netns", "exec", INNER]);
  assert.ok(sshd.ok, sshd.ok ? "" : sshd.error);
  made.use(sshd.value);
  const kept = made.move();
  return { address: "198.51.100.130", [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

function nft(stage: Stage, ruleset: string): ReturnType<Stage["lab"]["run"]> {
  return stage.lab.run("host", [findProgram("nft") ?? "nft", "-f", "-"], ruleset);
}

/**
 * Guesses from successive addresses while `saying` waits: a line only identifies a running process, and this client
 * ends immediately.
 */
async function guessWhile<T>(
  stage: Stage,
  { to, port = 22 }: { readonly to: string; readonly port?: number },
  saying: Promise<T>,
): Promise<T> {
  let over = false;
  const said = saying.finally(() => {
    over = true;
  });
  for (let n = 100; !over; n++)
    await Promise.race([stage.lab.guess({ from: `192.0.2.${n}`, to, port }), said]);
  return said;
}

async function banByGuessing(stage: Stage, from: string, to: string, port = 22): Promise<void> {
  for (let i = 0; i < 3; i++) await stage.lab.guess({ from, to, port });
  await stage.untilBlocked(from);
}

test("a program on this host is proven, even with an earlier accept in another table", async () => {
  await using stage = await openStage({ sshd: "real" });
  const done = await nft(
    stage,
    `table ip early {
      chain before {
        type filter hook prerouting priority -400; policy accept;
        ip saddr 192.0.2.0/24 accept
      }
    }
    table netdev first {
      chain arriving {
        type filter hook ingress device "intruder" priority 0; policy accept;
        accept
      }
    }`,
  );
  assert.ok(done.ok, done.ok ? "" : done.error);
  await stage.start();
  const output = await untilProven(stage, /a drop here still applies/);
  assert.match(
    output,
    /sshd \(pid \d+\) listens here on ports (22, 2222|2222, 22) \(IPv4 and IPv6\)/,
  );
  assert.match(
    output,
    /(ip early before|netdev first arriving) \((prerouting|ingress), priority (-400|0)\) accepts/,
  );
  await banByGuessing(stage, "192.0.2.7", stage.lab.host.ipv4);
  assert.equal((await stage.lab.guess({ from: "192.0.2.7" })).kind, "no-answer");
});

test("a program in another network namespace, not behind this host: toothless, and packets do pass", async () => {
  await using stage = await openStage({ sshd: "none" });
  await using inner = await openInner(stage, "aside");
  await stage.start();
  const said = await guessWhile(
    stage,
    { to: inner.address },
    untilSaid(stage, { state: "toothless", cause: "other-network-namespace" }),
  );
  assert.match(
    said.reason,
    /^sshd\S* \(pid \d+\) runs in another network namespace: it writes the lines/,
  );
  assert.match(said.reason, /gateway 198\.51\.100\.129 is not this host/);
  await banByGuessing(stage, "192.0.2.8", inner.address);
  assert.equal((await stage.lab.guess({ from: "192.0.2.8", to: inner.address })).kind, "refused");
});

test("a program in another network namespace behind this host is proven, and a ban works there", async () => {
  await using stage = await openStage({ sshd: "none" });
  await using inner = await openInner(stage, "host");
  await nft(
    stage,
    `table ip published {
      chain in {
        type nat hook prerouting priority -100; policy accept;
        ip daddr ${stage.lab.host.ipv4} tcp dport 2200 dnat to ${inner.address}:22
      }
    }`,
  );
  await stage.start();
  const { ipv4 } = stage.lab.host;
  const output = await guessWhile(
    stage,
    { to: ipv4, port: 2200 },
    untilProven(stage, /its gateway 198\.51\.100\.129 is this host/),
  );
  assert.match(output, /sshd: protecting/);
  await banByGuessing(stage, "192.0.2.9", ipv4, 2200);
  for (const port of [22, 2200]) {
    const to = port === 22 ? inner.address : ipv4;
    assert.equal((await stage.lab.guess({ from: "192.0.2.9", to, port })).kind, "no-answer");
  }
});

test("an ingress rule that bypasses our table: toothless, and packets do pass", async () => {
  await using stage = await openStage({ sshd: "none" });
  await using inner = await openInner(stage, "host");
  const link = await ip(`-netns ${INNER} -brief link show uplink`);
  const [hardware] = /(?:[0-9a-f]{2}:){5}[0-9a-f]{2}/.exec(link) ?? [];
  const done = await nft(
    stage,
    `table netdev fast {
      chain in {
        type filter hook ingress device "intruder" priority 0; policy accept;
        ip daddr ${inner.address} ether daddr set ${hardware} fwd to "inner"
      }
    }`,
  );
  assert.ok(done.ok, done.ok ? "" : done.error);
  await stage.start();
  const said = await guessWhile(
    stage,
    { to: inner.address },
    untilSaid(stage, { state: "toothless", cause: "traffic-bypasses" }),
  );
  assert.match(said.reason, /netdev fast in \(ingress, priority 0\) forwards packets before bans/);
  await banByGuessing(stage, "192.0.2.10", inner.address);
  assert.equal((await stage.lab.guess({ from: "192.0.2.10", to: inner.address })).kind, "refused");
});

test("in a container with its own network: toothless, and packets do pass", async () => {
  await using stage = await openStage({ sshd: "real" });
  // As Podman does: namespaces of network, processes and mounts, and its marker file.
  const script = 'mount -t tmpfs tmpfs /run && : > /run/.containerenv && exec "$@"';
  const unshare = ["--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
  await stage.start({
    through: ["/usr/bin/unshare", ...unshare, "/bin/sh", "-c", script, "sh"],
  });
  for (let i = 0; i < 3; i++) await stage.lab.guess({ from: "192.0.2.13" });
  const said = await untilSaid(stage, { state: "toothless", cause: "other-network-namespace" });
  // Reported for the first failure, or for all.
  assert.match(
    said.reason,
    /runs in a container .* no process is listening on port 22 here, yet [123] failures? came/,
  );
  assert.match(said.fix, /--network host/);
  assert.equal((await stage.lab.guess({ from: "192.0.2.13" })).kind, "refused");
});

test("without CAP_NET_ADMIN it is toothless, and names the missing capability", async () => {
  await using stage = await openStage({ sshd: "real" });
  const through = ["/usr/bin/setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"];
  await stage.start({ through });
  const said = await untilSaid(stage, { state: "toothless", cause: "no-capability" });
  assert.match(said.reason, /without CAP_NET_ADMIN/);
  assert.match(said.fix, /--cap-add NET_ADMIN/);
});

test("a jail that closes other ports than the program's: toothless, and the program still answers", async () => {
  const config = `${THREE_STRIKES}ports = [2022]\n`;
  await using stage = await openStage({ sshd: "real", config });
  await stage.start();
  const said = await untilSaid(stage, { state: "toothless", cause: "ports-differ" });
  assert.match(said.reason, /listens on ports .*22.*, but a ban closes only port 2022$/);
  assert.match(said.fix, /ports = \[.*22.*\]/);
  await banByGuessing(stage, "192.0.2.11", stage.lab.host.ipv4);
  assert.equal((await stage.lab.guess({ from: "192.0.2.11" })).kind, "refused");
  stage.configure(THREE_STRIKES);
  await stage.ask("reload", {});
  await untilTrue(
    async () => (await stage.ask("status", {})).jails[0]?.state === "protecting",
    "the jail protects once it closes every port",
  );
});

test("a port of the program that the jail leaves open: degraded", async () => {
  const config = `${THREE_STRIKES}ports = [22]\n`;
  await using stage = await openStage({ sshd: "real", config });
  await stage.start();
  const said = await untilSaid(stage, { state: "degraded", cause: "port-open" });
  assert.match(said.fix, /ports = \[(22, 2222|2222, 22)\]/);
  await banByGuessing(stage, "192.0.2.12", stage.lab.host.ipv4);
  assert.equal((await stage.lab.guess({ from: "192.0.2.12" })).kind, "no-answer");
  assert.equal((await stage.lab.guess({ from: "192.0.2.12", port: 2222 })).kind, "refused");
});

test("ports on IPv6 are closed too", async () => {
  await using stage = await openStage({ sshd: "real" });
  await stage.start();
  await untilProven(stage, /\(IPv4 and IPv6\); bans close every port/);
  for (let i = 0; i < 3; i++) await stage.lab.guess({ from: "2001:db8:a001::1" });
  await stage.untilEvent("ban");
  await untilTrue(
    async () => (await stage.lab.guess({ from: "2001:db8:a001::2" })).kind === "no-answer",
    "the network is dropped",
  );
});

test("a proxy on this host that hides client addresses: toothless", async () => {
  await using stage = await openStage({ sshd: "real" });
  const proxy = `require("node:net").createServer((from) => {
    const to = require("node:net").connect(22, "127.0.0.1");
    from.pipe(to).pipe(from);
    for (const end of [from, to]) end.on("error", () => { from.destroy(); to.destroy(); });
  }).listen(2200, () => console.log("ready"))`;
  const running = stage.lab.start("host", [process.execPath, "-e", proxy]);
  assert.ok((await running.until("ready")) !== undefined);
  const guess = (n: number): Promise<unknown> =>
    stage.lab.guess({ from: `192.0.2.${20 + n}`, port: 2200, user: `user${n % 25}` });
  for (let n = 0; n < 10; n++) await Promise.all([guess(n), guess(n + 10), guess(n + 20)]);
  // The rest of a day, with lines of the same sshd.
  const more = Array.from({ length: 25 }, (_, n) => failedPassword("127.0.0.1", { user: `u${n}` }));
  stage.write(more);
  await stage.start();
  const said = await untilSaid(stage, { state: "toothless", cause: "behind-proxy" });
  assert.match(
    said.reason,
    /^\d+ of the last \d+ failures come from 127\.0\.0\.1, this host itself/,
  );
  assert.match(said.fix, /let the service log the client's address/);
});

test("an attack from many addresses, or from one with many names, is not a proxy", async () => {
  await using stage = await openStage({ sshd: "real" });
  const lines = Array.from({ length: 120 }, (_, n) =>
    failedPassword(n % 2 === 0 ? "192.0.2.5" : `192.0.2.${100 + n}`, { user: `user${n}` }),
  );
  stage.write(lines);
  await stage.start();
  await untilProven(stage, /sshd: protecting/);
});
