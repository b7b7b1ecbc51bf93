import assert from "node:assert/strict";
import { test } from "node:test";
import { openTerminal } from "../terminal.ts";
import { describeServices, type ServiceReply } from "./services.ts";

function service(name: string, change: Partial<ServiceReply>): ServiceReply {
  return {
    ...{ service: name, description: "", logs: [], running: [], listening: [], read_from: [] },
    ...{ jail: null, state: null, protected: false, reason: "not enabled", ...change },
  };
}

function inState(state: string): Partial<ServiceReply> {
  return { jail: "x", state, protected: state === "protecting", reason: state };
}

test("only a jail in the state protecting counts as protection, and the total counts the rows", () => {
  const replies = [
    service("sshd", { running: ["sshd"], ...inState("protecting") }),
    service("nginx", { logs: ["/log"], ...inState("observing") }),
    service("grafana", { read_from: ["/own/log"], ...inState("blind") }),
    service("exim", { running: ["exim"] }),
    service("vsftpd", {}),
  ];
  const screen = describeServices(replies, openTerminal(), { all: false, length: "short" });
  const shown = (name: string): string => new RegExp(`^${name} .*$`, "m").exec(screen)?.[0] ?? "";
  assert.match(shown("sshd"), / yes /);
  assert.match(shown("nginx"), /\/log +observing /);
  assert.match(shown("grafana"), /\/own\/log +no /);
  assert.match(shown("exim"), / no /);
  assert.match(shown("vsftpd"), /not found +- +not enabled$/);
  assert.match(screen, /^4 services found here: 1 protected, 1 observing, 2 not protected\.$/m);
});

test("ports on which a service listens are named as in the configuration", () => {
  const terminal = openTerminal();
  const placeOf = (listening: readonly string[]): string => {
    const replies = [service("nginx", { running: ["nginx"], listening })];
    const [, row = ""] = describeServices(replies, terminal, { all: false, length: "short" }).split(
      "\n",
    );
    return row;
  };
  assert.match(placeOf(["tcp/80"]), /^nginx +listens on port 80 +no /);
  assert.match(
    placeOf(["tcp/443", "tcp/80", "udp/443"]),
    / listens on ports 80, 443, 443\/udp +no /,
  );
});

test("on a terminal of 80 columns, no line is longer and a long reason has most of the width", () => {
  const terminal = { ...openTerminal(), isTerminal: true, width: 80 };
  const logs = ["/var/log/postgresql/postgresql-15-main.log"];
  const reason = "off by default: clients may be able to forge its log lines";
  const replies = [service("postgresql", { logs, reason })];
  const lines = describeServices(replies, terminal, { all: false, length: "short" }).split("\n");
  assert.ok(lines.every((line) => line.length <= 80));
  assert.ok(lines.includes(`  ${reason}`));
});

test("a service whose jail reads no existing log is not found, and counts as not protected", () => {
  const replies = [
    service("sshd", { running: ["sshd"], ...inState("protecting") }),
    service("vsftpd", inState("blind")),
  ];
  const screen = describeServices(replies, openTerminal(), { all: false, length: "short" });
  assert.match(screen, /^vsftpd +not found +no +blind$/m);
  assert.match(screen, /^2 services found here or enabled: 1 protected, 1 not protected\.$/m);
});

test("without a daemon an enabled jail is not protected, even if nothing of its service was found", () => {
  const reason = "the daemon is not running; start it: systemctl start bailiff";
  const replies = [service("sshd", { jail: "sshd", reason })];
  const screen = describeServices(replies, openTerminal(), { all: false, length: "short" });
  assert.match(
    screen,
    /^sshd +not found +no +the daemon is not running; start it: systemctl start bailiff$/m,
  );
  assert.match(screen, /^1 service found here or enabled: 1 not protected\.$/m);
});

test("a long text is shortened between words in the list, and whole for a named service", () => {
  const words = Array.from({ length: 200 }, (_, i) => `word${i}`).join(" ");
  const replies = [service("nginx", { logs: ["/log"], ...inState("blind"), reason: words })];
  const list = describeServices(replies, openTerminal(), { all: false, length: "short" });
  assert.match(list, /^nginx +\/log +no +word0 (?:word\d+ )+…$/m);
  assert.ok(list.split("\n").every((line) => line.length < 210));
  assert.match(list, /^…: bailiff services NAME shows the whole text\.$/m);
  const one = describeServices(replies, openTerminal(), { all: false, length: "whole" });
  assert.ok(one.includes(words));
  assert.doesNotMatch(one, /…/);
});

test("with --all, services that were not found are in a separate list, with descriptions", () => {
  const terminal = { ...openTerminal(), isTerminal: true, width: 80 };
  const replies = [
    service("3proxy", { description: "3proxy, a proxy server" }),
    service("nginx", { logs: ["/var/log/nginx/error.log"], description: "nginx" }),
  ];
  const screen = describeServices(replies, terminal, { all: true, length: "short" });
  const [found = "", others = ""] = screen.split(/^Not found on this host:\n/m);
  assert.match(found, /^nginx +\/var\/log\/nginx\/error\.log +no +not enabled$/m);
  assert.doesNotMatch(found, /3proxy/);
  assert.equal(others, "SERVICE  DESCRIPTION\n3proxy   3proxy, a proxy server");
  const empty = describeServices(replies.slice(0, 1), terminal, { all: true, length: "short" });
  assert.doesNotMatch(empty, /PROTECTED/, "no table without rows");
});
