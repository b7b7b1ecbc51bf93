import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type DockerContainer, writeDockerContainer } from "./docker-container.fixture.ts";
import { listDockerContainers } from "./docker-containers.ts";
import { type ContainerSearch, findContainerLog } from "./find-container-log.ts";

interface Engine {
  readonly root: string;
  find(wanted: string): ContainerSearch;
  [Symbol.dispose](): void;
}

function docker(...containers: readonly DockerContainer[]): Engine {
  const root = mkdtempSync(join(tmpdir(), `bailiff-docker-${process.pid}-`));
  for (const container of containers) writeDockerContainer(root, container);
  return {
    root,
    find: (wanted) =>
      findContainerLog({ container: wanted, by: "name" }, [{ root, owner: undefined }]),
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}

function logOf({ root }: Engine, digit: string): string {
  const id = digit.repeat(64);
  return join(root, "containers", id, `${id}-json.log`);
}

function filesOf({ log }: ContainerSearch): readonly string[] | undefined {
  return log?.kind === "file" ? log.files : undefined;
}

test("a container is found by its name, which is shown with its engine and identifier", () => {
  using engine = docker({ digit: "a", name: "web" }, { digit: "b", name: "web2" });
  const { log, fault } = engine.find("web");
  assert.deepEqual(log, {
    kind: "file",
    files: [logOf(engine, "a")],
    shownAs: "container web (Docker aaaaaaaaaaaa)",
  });
  assert.equal(fault, undefined);
});

test("an image is named without registry, tag and digest; all its running containers count", () => {
  const digest = `sha256:${"0".repeat(64)}`;
  using engine = docker(
    { digit: "1", name: "one", image: "nextcloud" },
    { digit: "2", name: "two", image: "docker.io/library/nextcloud:29-apache" },
    { digit: "3", name: "three", image: `registry.example.org:5000/own/nextcloud@${digest}` },
    { digit: "4", name: "four", image: "nextcloud-exporter:1" },
    { digit: "5", name: "five", image: "nextcloud:28", isRunning: false },
    { digit: "6", name: "six", image: `sha256:${"4".repeat(64)}` },
  );
  const files = ["1", "2", "3"].map((digit) => logOf(engine, digit));
  assert.deepEqual(filesOf(engine.find("nextcloud")), files);
  assert.deepEqual(filesOf(engine.find("own/nextcloud")), [logOf(engine, "3")]);
  assert.equal(engine.find("nextcloud").fault, undefined);
  assert.equal(engine.find("next").log, undefined);
});

test("a name wins over an image", () => {
  using engine = docker(
    { digit: "1", name: "other", image: "web:2" },
    { digit: "2", name: "web", image: "other:1" },
  );
  assert.deepEqual(filesOf(engine.find("web")), [logOf(engine, "2")]);
});

test("the driver journald is read by name, and only from root, who runs the engine", () => {
  using engine = docker({ digit: "a", name: "web", driver: "journald" });
  assert.deepEqual(engine.find("web").log, {
    kind: "journal",
    matches: [["CONTAINER_NAME=web", "_UID=0"]],
  });
});

test("published ports are those that other hosts reach", () => {
  const ports = {
    "80/tcp": [
      { HostIp: "0.0.0.0", HostPort: "8080" },
      { HostIp: "::", HostPort: "8080" },
    ],
    "53/udp": [{ HostIp: "203.0.113.10", HostPort: "53" }],
    "3306/tcp": [{ HostIp: "127.0.0.1", HostPort: "3306" }],
    "9000/tcp": null,
    "9001/tcp": [{ HostIp: "", HostPort: "x" }],
    "9002/sctp": [{ HostIp: "", HostPort: "9002" }],
  };
  using engine = docker({ digit: "a", name: "web", ports });
  const by = "container web (Docker aaaaaaaaaaaa)";
  assert.deepEqual(engine.find("web").published, [
    { protocol: "tcp", number: 8080, by },
    { protocol: "udp", number: 53, by },
  ]);
});

test("a missing container is a fault that says where it was searched", () => {
  using engine = docker({ digit: "a", name: "web" });
  const { log, fault } = engine.find("wbe");
  assert.equal(log, undefined);
  assert.equal(fault?.cause, "container-missing");
  assert.match(fault.evidence, /no container is named wbe .* of 1 below \/.*bailiff-docker/);
  const elsewhere = findContainerLog({ container: "web", by: "name" }, [
    { root: "/nonexistent", owner: undefined },
  ]);
  assert.match(
    elsewhere.fault?.evidence ?? "",
    /no container of Docker or Podman exists below \/nonexistent/,
  );
});

test("a stopped container is a fault, and its log is still read", () => {
  using engine = docker(
    { digit: "a", name: "web", isRunning: false },
    { digit: "b", name: "new", isRunning: false, hasStarted: false },
  );
  const stopped = engine.find("web");
  assert.deepEqual(filesOf(stopped), [logOf(engine, "a")]);
  assert.equal(stopped.fault?.cause, "container-stopped");
  assert.match(stopped.fault.fix, /^docker start web,/);
  const created = engine.find("new");
  assert.deepEqual(filesOf(created), [logOf(engine, "b")]);
  assert.match(created.fault?.evidence ?? "", /new \(Docker bbbbbbbbbbbb\) is not started yet$/);
});

test("a driver that bailiff cannot read is a fault", () => {
  for (const driver of ["none", "local", "syslog", "fluentd"]) {
    using engine = docker({ digit: "a", name: "web", driver });
    const { log, fault } = engine.find("web");
    assert.equal(log, undefined, driver);
    assert.equal(fault?.cause, "container-unreadable");
    assert.ok(fault.evidence.includes(`driver "${driver}"`), fault.evidence);
    assert.match(fault.fix, /--log-driver json-file or journald/);
    assert.equal(/syslog's file/.test(fault.fix), driver === "syslog");
  }
});

test("containers of one image that log to different places are not read silently in part", () => {
  using engine = docker(
    { digit: "a", name: "one", image: "web" },
    { digit: "b", name: "two", image: "web", driver: "journald" },
  );
  const { log, fault } = engine.find("web");
  assert.equal(log?.kind, "file");
  assert.equal(fault?.cause, "container-unreadable");
  assert.match(fault.fix, /container = "two"/);
});

test("a log outside of the container's folder is refused", () => {
  for (const logPath of [
    "/etc/passwd",
    "/nonexistent/x.log",
    `/var/lib/docker/containers/${"a".repeat(64)}/x.log`,
  ]) {
    using engine = docker({ digit: "a", name: "web", logPath }, { digit: "b", name: "other" });
    const { log, fault } = engine.find("web");
    assert.equal(log, undefined);
    assert.match(
      fault?.evidence ?? "",
      new RegExp(`the log of container web is "${logPath}", which is not in `),
    );
    assert.deepEqual(filesOf(engine.find("other")), [logOf(engine, "b")]);
  }
  using engine = docker();
  const inside = join(engine.root, "containers", "a".repeat(64));
  for (const logPath of [join(inside, "../b/x.log"), join(inside, "*"), join(inside, "..")]) {
    writeDockerContainer(engine.root, { digit: "a", name: "web", logPath });
    assert.equal(engine.find("web").log, undefined, logPath);
  }
});

test("names and labels are only compared", () => {
  const name = "web; reboot";
  using engine = docker(
    { digit: "a", name },
    { digit: "b", name: "../../etc", image: "x" },
    { digit: "c", name: "ok", labels: { "bailiff.service": "../../etc/shadow" } },
  );
  assert.equal(engine.find(name).log, undefined);
  assert.match(engine.find(name).fault?.evidence ?? "", /not describe a container in a form/);
  assert.deepEqual(filesOf(engine.find("ok")), [logOf(engine, "c")]);
});

test("damaged and oversized descriptions are a fault of their container only", () => {
  using engine = docker({ digit: "a", name: "web" }, { digit: "b", name: "other" });
  const file = join(engine.root, "containers", "a".repeat(64), "config.v2.json");
  for (const text of ["", "{", '{"Name":"/web"}', " ".repeat(4_194_305)]) {
    writeFileSync(file, text);
    assert.equal(engine.find("web").fault?.cause, "container-missing");
    assert.deepEqual(filesOf(engine.find("other")), [logOf(engine, "b")]);
  }
});

test("long texts of a description are a fault of their container only", () => {
  const long = "@".repeat(1_000_000);
  for (const change of [
    { image: `${long}\n` },
    { driver: long },
    { logPath: `/${long}` },
    { labels: { "bailiff.service": long } },
  ]) {
    using engine = docker({ digit: "a", name: "web", ...change }, { digit: "b", name: "other" });
    const { fault } = engine.find("web");
    assert.equal(fault?.cause, "container-missing");
    assert.ok((fault?.evidence ?? "").length < 1000);
    assert.deepEqual(filesOf(engine.find("other")), [logOf(engine, "b")]);
  }
});

test("of very long descriptions only a limited number is read, and the rest is reported", () => {
  const digits = [..."012345678"];
  using engine = docker(...digits.map((digit) => ({ digit, name: `c${digit}` })));
  for (const digit of digits) {
    for (const name of ["config.v2.json", "hostconfig.json"]) {
      const path = join(engine.root, "containers", digit.repeat(64), name);
      writeFileSync(path, readFileSync(path, "utf8").padEnd(4_194_304));
    }
  }
  const list = listDockerContainers({ root: engine.root, owner: undefined });
  assert.equal(list?.containers.length, 8);
  assert.match(list?.trouble?.evidence ?? "", /does not describe a container in a form/);
});

test("root believes no folder that others may change", (context) => {
  if (process.getuid?.() !== 0) return context.diagnostic("this concerns only root");
  using engine = docker({ digit: "a", name: "web" });
  chmodSync(join(engine.root, "containers"), 0o777);
  const { log, fault } = engine.find("web");
  assert.equal(log, undefined);
  assert.match(fault?.evidence ?? "", /every user may change/);
  assert.match(fault?.fix ?? "", /^chmod o-w /);
});
