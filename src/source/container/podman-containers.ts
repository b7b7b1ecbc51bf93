/**
 * Lists Podman's containers. Their names and images come from Podman's storage; where the output of a running one goes
 * says its monitor, conmon, by its arguments. Podman has no daemon to ask (ADR 0020).
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { parseJson } from "../../domain/json.ts";
import type { Port } from "../../domain/port-scope.ts";
import { codeOf } from "../../domain/thrown-error.ts";
import { findRunningPrograms } from "../../host/process/running-programs.ts";
import {
  type Container,
  type ContainerList,
  type ContainerLog,
  isContainerId,
  isContainerName,
  type ListTrouble,
  MAX_CONTAINERS,
  SERVICE_LABEL,
} from "./container.ts";
import {
  createReadBudget,
  ENGINE_TEXT,
  fileIn,
  logElsewhere,
  openEngineFolder,
  type ReadBudget,
  readEngineFile,
  unreadable,
} from "./engine-files.ts";
import type { EnginePlace } from "./engine-places.ts";

/** Folders of the storage drivers: "overlay-containers". */
const DRIVER_FOLDER = /^[a-z0-9]+-containers$/;
/** The second file has the containers of `podman run --rm`, Quadlet's among them (containers/storage, containers.go). */
const LISTS = ["containers.json", "volatile-containers.json"];

const LIST = v.array(v.object({ id: v.string(), metadata: v.optional(v.string(), "") }));
/** CRI-O uses the same storage, and names a pod. */
const METADATA = v.object({
  name: v.string(),
  "image-name": ENGINE_TEXT,
  "pod-name": v.optional(v.never()),
});

const SPEC = v.object({
  annotations: v.nullish(v.object({ [SERVICE_LABEL]: v.optional(ENGINE_TEXT) })),
});

/** Patterns of the files whose changes change the list. `ctl` exists while conmon runs. */
export function podmanPatterns(root: string): readonly string[] {
  return [...LISTS, "*/userdata/ctl"].map((path) => join(root, "*-containers", path));
}

/** Lists the containers in a storage of Podman. undefined: Podman keeps none there. */
export function listPodmanContainers({ root, owner }: EnginePlace): ContainerList | undefined {
  const storage = openEngineFolder(root, owner);
  if (storage === undefined) return undefined;
  if ("evidence" in storage) return { containers: [], trouble: storage };
  const folders = storage.names.filter((name) => DRIVER_FOLDER.test(name));
  if (folders.length === 0) return undefined;
  const uid = owner?.uid ?? 0;
  const running = findMonitors(uid);
  const budget = createReadBudget();
  const containers: Container[] = [];
  let trouble: ListTrouble | undefined;
  for (const path of folders.flatMap((name) =>
    LISTS.map((list) => join(storage.path, name, list)),
  )) {
    for (const read of readList(path, { running, uid, budget })) {
      if ("evidence" in read) trouble = read;
      else if (containers.length < MAX_CONTAINERS) containers.push(read);
    }
  }
  return { containers, trouble };
}

function readList(
  path: string,
  {
    running,
    uid,
    budget,
  }: {
    readonly running: ReadonlyMap<string, string>;
    readonly uid: number;
    readonly budget: ReadBudget;
  },
): readonly (Container | ListTrouble)[] {
  try {
    const list = v.safeParse(LIST, readEngineFile(path, budget));
    if (!list.success) {
      const evidence = `${path} does not list containers in a form that bailiff knows`;
      return [{ evidence, fix: 'name the container\'s log: source = { file = ["/path/to/log"] }' }];
    }
    const listed = list.output.slice(0, MAX_CONTAINERS);
    return listed.flatMap(({ id, metadata }): readonly (Container | ListTrouble)[] => {
      const named = v.safeParse(METADATA, parseJson(metadata));
      if (!named.success || !isContainerId(id) || !isContainerName(named.output.name)) return [];
      const { name, "image-name": image } = named.output;
      const folder = join(path, "..", id, "userdata");
      const log = logOf(folder, running.get(id));
      if (log.kind === "file" && fileIn(folder, log.path) === undefined)
        return [logElsewhere(name, log.path, folder)];
      const hasStarted = existsSync(join(folder, "config.json"));
      const state = running.has(id) ? "running" : hasStarted ? "stopped" : "created";
      const service = running.has(id) ? readService(folder, budget) : undefined;
      // Its ports are only in Podman's database.
      const published: readonly Port[] = [];
      return [{ engine: "Podman", id, name, image, service, uid, state, log, published }];
    });
  } catch (error) {
    return codeOf(error) === "ENOENT" ? [] : [unreadable(path, error)];
  }
}

/** Reads the annotation from the configuration of the OCI runtime, which Podman writes at each start. */
function readService(folder: string, budget: ReadBudget): string | undefined {
  try {
    const spec = v.safeParse(SPEC, readEngineFile(join(folder, "config.json"), budget));
    return spec.success ? spec.output.annotations?.[SERVICE_LABEL] : undefined;
  } catch {
    // It is being removed.
    return undefined;
  }
}

/** Parses conmon's log argument, such as "k8s-file:/path"; undefined: conmon does not run. */
function logOf(folder: string, argument: string | undefined): ContainerLog {
  const file = join(folder, "ctr.log");
  if (argument === undefined) {
    return existsSync(file) ? { kind: "file", path: file } : { kind: "journal" };
  }
  const [driver = ""] = argument.split(":");
  if (driver === "journald") return { kind: "journal" };
  if (driver !== "k8s-file") return { kind: "other", driver };
  return { kind: "file", path: argument.slice("k8s-file:".length) };
}

/** Finds the log argument of each conmon that root or the user runs, by the identifier of its container. */
function findMonitors(user: number): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { pid } of findRunningPrograms(["conmon"])) {
    try {
      // Any user may start a program of this name.
      const { uid } = statSync(`/proc/${pid}`);
      if (![0, user, process.geteuid?.()].includes(uid)) continue;
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      const valueOf = (option: string): string | undefined => words[words.indexOf(option) + 1];
      const [id, log] = [valueOf("-c"), valueOf("-l")];
      if (id !== undefined && log !== undefined) found.set(id, log);
    } catch {
      // The process has ended in the meantime.
    }
  }
  return found;
}
