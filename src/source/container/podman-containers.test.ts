import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findContainerLog, type ContainerSearch, listLabels } from "./find-container-log.ts";

interface PodmanContainer {
  readonly id: string;
  readonly name: string;
  readonly image?: string;
  /** As `podman run --rm` lists it. */
  readonly isVolatile?: boolean;
  readonly hasStarted?: boolean;
}

/** Identifiers are random, since the monitors of all tests are seen in one process table. */
function newId(): string {
  return Array.from({ length: 8 }, () =>
    Math.floor(Math.random() * 0x100000000)
      .toString(16)
      .padStart(8, "0"),
  ).join("");
}

class Podman implements AsyncDisposable {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), `bailiff-podman-${process.pid}-`)));
  readonly #monitors: ChildProcess[] = [];

  /** Writes the lists of Podman 5.4.2 with the storage driver overlay. */
  write(...containers: readonly PodmanContainer[]): void {
    for (const [file, isVolatile] of [
      ["containers.json", false],
      ["volatile-containers.json", true],
    ] as const) {
      const listed = containers.filter((one) => (one.isVolatile ?? false) === isVolatile);
      mkdirSync(join(this.root, "overlay-containers"), { recursive: true });
      writeFileSync(
        join(this.root, "overlay-containers", file),
        JSON.stringify(listed.map(describe)),
      );
    }
    for (const { id, hasStarted = true } of containers) {
      mkdirSync(this.folderOf(id), { recursive: true });
      if (hasStarted) writeFileSync(join(this.folderOf(id), "config.json"), "{}");
    }
  }

  folderOf(id: string): string {
    return join(this.root, "overlay-containers", id, "userdata");
  }

  /** Starts a program named conmon with the arguments that Podman gives it, and awaits that it runs. */
  async monitor(id: string, log: string): Promise<void> {
    const path = join(this.root, "conmon");
    writeFileSync(path, "#!/bin/sh\necho up\nread line\n", { mode: 0o755 });
    const bundle = this.folderOf(id);
    const rest = ["--log-level", "warning", "--runtime-arg", "-l", "--exit-command-arg", "-c"];
    const words = ["--api-version", "1", "-c", id, "-u", id, "-b", bundle, "-l", log, ...rest];
    const child = spawn(path, words, { stdio: ["pipe", "pipe", "inherit"] });
    this.#monitors.push(child);
    await once(child.stdout, "data");
  }

  find(wanted: string): ContainerSearch {
    return findContainerLog({ container: wanted, by: "name" }, [
      { root: this.root, owner: undefined },
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#monitors) {
      child.stdin?.end();
      if (child.exitCode === null) await once(child, "exit");
    }
    rmSync(this.root, { recursive: true });
  }
}

function describe({ id, name, image = "localhost/example:1.2" }: PodmanContainer): object {
  const metadata = {
    "image-name": image,
    "image-id": "450cbe7c7901d26c92103fd9214686fcb62dff9dfe0680593e569afe97ec5227",
    name,
    "created-at": 1796086027,
  };
  return {
    id,
    names: [name],
    image: metadata["image-id"],
    layer: "8057a74706263133dc0405192f5a15ed322d70e2a7aea520cf5ddf85f7cdeec7",
    metadata: JSON.stringify(metadata),
    created: "2026-12-01T00:47:07.986802585Z",
    flags: { MountLabel: "", ProcessLabel: "" },
  };
}

test("a running container is found by name or image, also one that is removed at its end", async () => {
  await using podman = new Podman();
  const [web, app] = [newId(), newId()];
  const image = "docker.io/library/nextcloud:29";
  podman.write({ id: web, name: "web" }, { id: app, name: "app", image, isVolatile: true });
  await podman.monitor(web, `k8s-file:${podman.folderOf(web)}/ctr.log`);
  await podman.monitor(app, `k8s-file:${podman.folderOf(app)}/ctr.log`);
  assert.deepEqual(podman.find("web"), {
    log: {
      kind: "file",
      files: [join(podman.folderOf(web), "ctr.log")],
      shownAs: `container web (Podman ${web.slice(0, 12)})`,
    },
    looked: [
      {
        where: `container web (Podman ${web.slice(0, 12)})`,
        found: `running, logs to ${podman.folderOf(web)}/ctr.log`,
      },
    ],
    published: [],
    fault: undefined,
  });
  const { log, fault } = podman.find("nextcloud");
  assert.deepEqual(log?.kind === "file" && log.files, [join(podman.folderOf(app), "ctr.log")]);
  assert.equal(fault, undefined);
});

test("a running container is found by its annotation", async () => {
  await using podman = new Podman();
  const [web, old] = [newId(), newId()];
  podman.write({ id: web, name: "web" }, { id: old, name: "old" });
  for (const id of [web, old]) {
    const spec = { ociVersion: "1.2.0", annotations: { "bailiff.service": "nginx" } };
    writeFileSync(join(podman.folderOf(id), "config.json"), JSON.stringify(spec));
  }
  await podman.monitor(web, `k8s-file:${podman.folderOf(web)}/ctr.log`);
  const container = `web (Podman ${web.slice(0, 12)})`;
  assert.deepEqual(listLabels([{ root: podman.root, owner: undefined }]), [
    { container, service: "nginx" },
  ]);
  const { log } = findContainerLog({ container: "nginx", by: "label" }, [
    { root: podman.root, owner: undefined },
  ]);
  assert.deepEqual(log?.kind === "file" && log.files, [join(podman.folderOf(web), "ctr.log")]);
});

test("the driver journald, which is Podman's default, is read by name and only from root", async () => {
  await using podman = new Podman();
  const id = newId();
  podman.write({ id, name: "web" });
  await podman.monitor(id, "journald");
  const { log, fault } = podman.find("web");
  assert.deepEqual(log, { kind: "journal", matches: [["CONTAINER_NAME=web", "_UID=0"]] });
  assert.equal(fault, undefined);
});

test("drivers that keep nothing to read are a fault", async () => {
  for (const driver of ["none", "passthrough"]) {
    await using podman = new Podman();
    const id = newId();
    podman.write({ id, name: "web" });
    await podman.monitor(id, driver);
    const { log, fault } = podman.find("web");
    assert.equal(log, undefined);
    assert.equal(fault?.cause, "container-unreadable");
    assert.ok(fault.evidence.includes(`"${driver}"`), fault.evidence);
  }
});

test("a log outside of the container's folder is refused", async () => {
  await using podman = new Podman();
  const id = newId();
  podman.write({ id, name: "web" });
  await podman.monitor(id, "k8s-file:/etc/passwd");
  const { log, fault } = podman.find("web");
  assert.equal(log, undefined);
  assert.match(
    fault?.evidence ?? "",
    /the log of container web is "\/etc\/passwd", which is not in/,
  );
});

test("without its monitor a container is stopped, or was never started", async () => {
  await using podman = new Podman();
  const [old, fresh] = [newId(), newId()];
  podman.write({ id: old, name: "old" }, { id: fresh, name: "fresh", hasStarted: false });
  writeFileSync(join(podman.folderOf(old), "ctr.log"), "");
  const { log, fault } = podman.find("old");
  assert.deepEqual(log?.kind === "file" && log.files, [join(podman.folderOf(old), "ctr.log")]);
  assert.equal(fault?.cause, "container-stopped");
  assert.match(fault.fix, /^podman start old,/);
  assert.match(podman.find("fresh").fault?.evidence ?? "", /is not started yet$/);
});

test("what CRI-O keeps in the same storage, and damaged lists, name no container", async () => {
  await using podman = new Podman();
  const id = newId();
  podman.write({ id, name: "web" });
  const list = join(podman.root, "overlay-containers/containers.json");
  const metadata = JSON.stringify({ "pod-name": "p", "image-name": "web", name: "web" });
  for (const [text, reason] of [
    [JSON.stringify([{ id, metadata }]), /no container is named web/],
    [JSON.stringify([{ id: "../../etc", metadata }]), /no container is named web/],
    ["[", /does not list containers in a form/],
    ["{}", /does not list containers in a form/],
  ] as const) {
    writeFileSync(list, text);
    const { log, fault } = podman.find("web");
    assert.equal(log, undefined);
    assert.match(fault?.evidence ?? "", reason);
  }
});

test("of a list with very many containers the first are read", async () => {
  await using podman = new Podman();
  const id = newId();
  podman.write({ id, name: "first" });
  const entry = (_: unknown, n: number): object => ({
    id,
    metadata: JSON.stringify({ "image-name": "web", name: `c${n}` }),
  });
  const all = Array.from({ length: 5000 }, entry);
  writeFileSync(join(podman.root, "overlay-containers/containers.json"), JSON.stringify(all));
  assert.notEqual(podman.find("c4095").fault?.cause, "container-missing");
  assert.equal(podman.find("c4096").fault?.cause, "container-missing");
});
