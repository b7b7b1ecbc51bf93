/** Finds containers in the directories of rootless engines and of userns-remap, as these engines lay them out. */
import assert from "node:assert/strict";
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { writeDockerContainer } from "./docker-container.fixture.ts";
import { enginePlaces } from "./engine-places.ts";
import { containerPatterns, type ContainerSearch, findContainerLog } from "./find-container-log.ts";

const FOLDER = mkdtempSync(join(tmpdir(), `bailiff-engines-${process.pid}-`));
after(() => rmSync(FOLDER, { recursive: true }));

const IS_ROOT = process.getuid?.() === 0;
/** A user of no account, so that no file of the machine is hers. */
const ALICE = { uid: IS_ROOT ? 54_321 : (process.getuid?.() ?? 0), gid: 54_321 };

function give(path: string): void {
  if (!IS_ROOT) return;
  for (const name of ["", ...readdirSync(path, { recursive: true, encoding: "utf8" })])
    chownSync(join(path, name), ALICE.uid, ALICE.gid);
}

function homeOf(user: string): string {
  const home = join(FOLDER, user);
  mkdirSync(home, { recursive: true });
  return home;
}

function find(
  container: string,
  { users = [], roots = [] }: { users?: readonly string[]; roots?: readonly string[] },
): ContainerSearch {
  const places = enginePlaces({ roots, users }, (user) => ({ ...ALICE, home: join(FOLDER, user) }));
  return findContainerLog({ container, by: "name" }, places);
}

function filesOf({ log }: ContainerSearch): readonly string[] {
  return log?.kind === "file" ? log.files : [];
}

test("Docker with userns-remap keeps its containers in a folder that is named after the mapping", () => {
  const root = join(FOLDER, "var-lib-docker");
  const plain = writeDockerContainer(root, { digit: "a", name: "old", isRunning: false });
  const remapped = writeDockerContainer(join(root, "231072.231072"), { digit: "b", name: "web" });
  writeDockerContainer(join(root, "overlay2.d"), { digit: "c", name: "no" });
  assert.deepEqual(filesOf(find("web", { roots: [root] })), [
    join(remapped, `${"b".repeat(64)}-json.log`),
  ]);
  assert.deepEqual(filesOf(find("old", { roots: [root] })), [
    join(plain, `${"a".repeat(64)}-json.log`),
  ]);
  assert.equal(find("no", { roots: [root] }).fault?.cause, "container-missing");
  const patterns = containerPatterns([{ root, owner: undefined }]);
  assert.ok(patterns.includes(join(root, "*.*/containers/*/config.v2.json")));
});

test("rootless Docker is read for the users that the configuration names, and for nobody else", () => {
  const home = homeOf("alice");
  const folder = writeDockerContainer(join(home, ".local/share/docker"), {
    digit: "d",
    name: "web",
  });
  give(home);
  const search = find("web", { users: ["alice"] });
  assert.deepEqual(filesOf(search), [join(folder, `${"d".repeat(64)}-json.log`)]);
  assert.equal(search.fault, undefined);
  assert.match(search.looked[0]?.where ?? "", /^container web \(Docker dddddddddddd of \S+\)$/);
  assert.equal(find("web", {}).fault?.cause, "container-missing");
  if (!IS_ROOT) return;
  const refused = find("web", { roots: [join(home, ".local/share/docker")] }).fault;
  assert.match(refused?.evidence ?? "", /user 54321 may change .*, so its content is not believed/);
});

test("the journal is read for what the user's engine wrote", () => {
  const home = homeOf("bob");
  writeDockerContainer(join(home, ".local/share/docker"), {
    ...{ digit: "e", name: "web", driver: "journald" },
  });
  give(home);
  const { log } = find("web", { users: ["bob"] });
  assert.deepEqual(log, {
    kind: "journal",
    matches: [["CONTAINER_NAME=web", `_UID=${ALICE.uid}`]],
  });
});

test("rootless Podman is read in the user's storage", () => {
  const home = homeOf("carol");
  const storage = join(home, ".local/share/containers/storage/overlay-containers");
  const id = "f".repeat(64);
  mkdirSync(join(storage, id, "userdata"), { recursive: true });
  const metadata = JSON.stringify({ name: "web", "image-name": "docker.io/library/nginx:1" });
  writeFileSync(join(storage, "containers.json"), JSON.stringify([{ id, metadata }]));
  writeFileSync(join(storage, id, "userdata/ctr.log"), "");
  give(home);
  assert.deepEqual(filesOf(find("nginx", { users: ["carol"] })), [
    join(storage, id, "userdata/ctr.log"),
  ]);
});

test("a log that is a link to another file is not read", () => {
  const home = homeOf("dave");
  const folder = writeDockerContainer(join(home, ".local/share/docker"), {
    digit: "1",
    name: "web",
  });
  symlinkSync("/etc/passwd", join(folder, `${"1".repeat(64)}-json.log`));
  give(join(home, ".local/share"));
  const { log, fault } = find("web", { users: ["dave"] });
  assert.equal(log, undefined);
  assert.match(fault?.evidence ?? "", /the log of container web is /);
});

test("a name without an account has no place", () => {
  assert.deepEqual(
    enginePlaces({ roots: [], users: ["nobody-here"] }, () => undefined),
    [],
  );
});
