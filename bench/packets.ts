/**
 * Measures what the table of nftables costs a packet of an address that is not banned. Value: the time for which a
 * sender in one network namespace is busy with packets that another namespace receives, which includes the whole way
 * through the receiver's hooks.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Figure } from "./figure.ts";
import { type Namespace, openNamespace } from "./namespace.ts";
import type { Section } from "./section.ts";
import { median } from "./statistics.ts";

const PACKETS = 200_000;
const RECEIVER = "192.0.2.1";
const SENDER = "192.0.2.2";
/** A port that no jail closes; the socket is never read, so that a packet ends in its full queue. */
const PORT = 9;

const RECEIVE = `import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("${RECEIVER}", ${PORT}))
print("ready", flush=True)
time.sleep(3600)`;

const SEND = `import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("${RECEIVER}", ${PORT}))
send, data = s.send, b"x" * 32
for _ in range(20000): send(data)
began = time.process_time()
for _ in range(${PACKETS}): send(data)
print((time.process_time() - began) * 1000)`;

interface Load {
  readonly bans: number;
  readonly jails: number;
}

const NONE: Load = { bans: 0, jails: 1 };
const LOADS: readonly Load[] = [
  NONE,
  { bans: 1000, jails: 1 },
  { bans: 100_000, jails: 1 },
  { bans: 0, jails: 50 },
  { bans: 1000, jails: 50 },
  { bans: 100_000, jails: 50 },
];

interface Link extends AsyncDisposable {
  readonly load: Load;
  readonly sender: Namespace;
  readonly times: number[];
}

export const measurePackets: Section = async ({ quick, say }) => {
  await using stack = new AsyncDisposableStack();
  const links: Link[] = [];
  for (const load of LOADS) {
    say(`packets: ${describe(load)}`);
    links.push(stack.use(await openLink(load)));
  }
  const rounds = quick ? 5 : 25;
  for (let round = 1; round <= rounds; round++) {
    say(`packets: round ${round} of ${rounds}`);
    for (const { sender, times } of links)
      times.push(Number(runIn(sender, ["python3", "-c", SEND])));
  }
  const [base, ...others] = links;
  if (base === undefined) return [];
  return others.map(
    ({ load, times }): Figure => ({
      name: `${PACKETS / 1000}k packets through the hook, ${describe(load)}`,
      unit: "ms",
      ours: median(times),
      peer: { name: describe(NONE), value: median(base.times) },
      target: { kind: "within", times: 1.05 },
      // Each round compares both at nearly the same time.
      details: {
        "median of paired ratios": median(times.map((ms, n) => ms / (base.times[n] ?? ms))),
        rounds,
      },
    }),
  );
};

function describe({ bans, jails }: Load): string {
  return `${bans === 0 ? "no" : bans / 1000 + "k"} bans, ${jails === 1 ? "1 jail" : `${jails} jails`}`;
}

async function openLink(load: Load): Promise<Link> {
  await using stack = new AsyncDisposableStack();
  const name = `${load.bans}-${load.jails}`;
  const receiver = stack.use(openNamespace(`to-${name}`));
  const sender = stack.use(openNamespace(`from-${name}`));
  const pair = [
    "link",
    "add",
    "link0",
    "type",
    "veth",
    "peer",
    "name",
    "link0",
    "netns",
    sender.name,
  ];
  execFileSync("/usr/sbin/ip", ["-n", receiver.name, ...pair]);
  for (const [{ name: at }, address] of [
    [receiver, RECEIVER],
    [sender, SENDER],
  ] as const) {
    execFileSync("/usr/sbin/ip", ["-n", at, "address", "add", `${address}/24`, "dev", "link0"]);
    execFileSync("/usr/sbin/ip", ["-n", at, "link", "set", "link0", "up"]);
  }
  const fill = join(import.meta.dirname, "fill-nftables.ts");
  runIn(receiver, [
    process.execPath,
    ...process.execArgv,
    fill,
    String(load.bans),
    String(load.jails),
  ]);
  stack.use(await startReceiver(receiver));
  const all = stack.move();
  return { load, sender, times: [], [Symbol.asyncDispose]: () => all.disposeAsync() };
}

async function startReceiver(receiver: Namespace): Promise<AsyncDisposable> {
  const [program = "", ...args] = receiver.enter("python3", "-c", RECEIVE);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return {
    async [Symbol.asyncDispose]() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

function runIn(namespace: Namespace, argv: readonly string[]): string {
  const [program = "", ...args] = namespace.enter(...argv);
  return execFileSync(program, args, { encoding: "utf8" });
}
