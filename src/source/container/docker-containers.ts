/**
 * Lists Docker's containers from the files that dockerd keeps of them. Needs only permission to read these files;
 * dockerd need not run. A program that may connect to Docker's socket is as powerful as root (ADR 0020).
 */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import * as v from "valibot";
import type { Port } from "../../domain/port-scope.ts";
import { codeOf } from "../../domain/thrown-error.ts";
import {
  type Container,
  type ContainerList,
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

/** "80/tcp" in the container, and where the host listens for it. */
const PORTS = v.record(
  v.string(),
  v.nullish(v.array(v.object({ HostIp: v.string(), HostPort: v.string() }))),
);

/** The parts that are used of config.v2.json and hostconfig.json (moby/container/container.go, api/types/container). */
const CONFIG = v.object({
  ID: v.string(),
  Name: ENGINE_TEXT,
  LogPath: ENGINE_TEXT,
  HasBeenStartedBefore: v.optional(v.boolean(), true),
  State: v.object({ Running: v.boolean() }),
  NetworkSettings: v.nullish(v.object({ Ports: v.nullish(PORTS) })),
  Config: v.object({
    Image: ENGINE_TEXT,
    Labels: v.nullish(v.object({ [SERVICE_LABEL]: v.optional(ENGINE_TEXT) })),
  }),
});
const HOST_CONFIG = v.object({ LogConfig: v.object({ Type: ENGINE_TEXT }) });

/** Patterns of the files whose changes change the list. */
export function dockerPatterns(root: string): readonly string[] {
  return ["", "*.*"].map((folder) => join(root, folder, "containers/*/config.v2.json"));
}

/**
 * With userns-remap, Docker keeps everything in a folder of the root directory that is named after the user and group
 * to whom root of a container is mapped: "231072.231072" (docs.docker.com/engine/security/userns-remap).
 */
const REMAPPED = /^\d{1,10}\.\d{1,10}$/;
/** Maximum number of such folders: one for each mapping that was ever used. */
const MAX_REMAPPED = 16;

/** Lists the containers below Docker's root directory. undefined: Docker keeps none there. */
export function listDockerContainers({ root, owner }: EnginePlace): ContainerList | undefined {
  const remapped = namesIn(root).filter((name) => REMAPPED.test(name));
  const folders = ["", ...remapped.slice(0, MAX_REMAPPED)];
  const budget = createReadBudget();
  const lists = folders.flatMap(
    (name) => listIn(join(root, name, "containers"), owner, budget) ?? [],
  );
  if (lists.length === 0) return undefined;
  return {
    containers: lists.flatMap(({ containers }) => containers).slice(0, MAX_CONTAINERS),
    trouble: lists.find(({ trouble }) => trouble !== undefined)?.trouble,
  };
}

function listIn(
  path: string,
  owner: EnginePlace["owner"],
  budget: ReadBudget,
): ContainerList | undefined {
  const folder = openEngineFolder(path, owner);
  if (folder === undefined) return undefined;
  if ("evidence" in folder) return { containers: [], trouble: folder };
  const containers: Container[] = [];
  let trouble: ListTrouble | undefined;
  for (const id of folder.names.filter(isContainerId).slice(0, MAX_CONTAINERS)) {
    const read = readContainer(join(folder.path, id), { id, uid: owner?.uid ?? 0, budget });
    if (read === undefined) continue;
    if ("evidence" in read) trouble = read;
    else containers.push(read);
  }
  return { containers, trouble };
}

function namesIn(root: string): readonly string[] {
  try {
    return readdirSync(root);
  } catch {
    // It does not exist, or may not be read; the latter is reported for its folder of containers.
    return [];
  }
}

/** Returns undefined for a container that is being created or removed. */
function readContainer(
  folder: string,
  { id, uid, budget }: { readonly id: string; readonly uid: number; readonly budget: ReadBudget },
): Container | ListTrouble | undefined {
  try {
    const config = v.safeParse(CONFIG, readEngineFile(join(folder, "config.v2.json"), budget));
    const host = v.safeParse(HOST_CONFIG, readEngineFile(join(folder, "hostconfig.json"), budget));
    if (!config.success || !host.success || config.output.ID !== id) return unknownForm(folder);
    const { Name, State, Config, LogPath, HasBeenStartedBefore } = config.output;
    const name = Name.replace(/^\//, "");
    if (!isContainerName(name)) return unknownForm(folder);
    const log = logOf(folder, host.output.LogConfig.Type, LogPath);
    if (log === undefined) return logElsewhere(name, LogPath, folder);
    const state = State.Running ? "running" : HasBeenStartedBefore ? "stopped" : "created";
    const service = Config.Labels?.[SERVICE_LABEL];
    const published = publishedPorts(config.output.NetworkSettings?.Ports ?? {});
    const image = Config.Image;
    return { engine: "Docker", id, name, image, service, uid, state, log, published };
  } catch (error) {
    return codeOf(error) === "ENOENT" ? undefined : unreadable(folder, error);
  }
}

/** Returns undefined if Docker's answer is a file outside of the container's folder. */
function logOf(folder: string, driver: string, path: string): Container["log"] | undefined {
  if (driver === "journald") return { kind: "journal" };
  if (driver !== "json-file") return { kind: "other", driver };
  // Docker sets the path at the first start.
  if (path === "") return { kind: "file", path: join(folder, `${basename(folder)}-json.log`) };
  const file = fileIn(folder, path);
  return file === undefined ? undefined : { kind: "file", path: file };
}

function publishedPorts(ports: v.InferOutput<typeof PORTS>): readonly Port[] {
  const all = Object.entries(ports).flatMap(([key, places]) =>
    (places ?? []).flatMap(({ HostIp, HostPort }): readonly Port[] => {
      const [protocol, number] = [key.split("/")[1], Number(HostPort)];
      const isPort = Number.isInteger(number) && number > 0 && number < 65_536;
      if ((protocol !== "tcp" && protocol !== "udp") || !isPort || isLoopback(HostIp)) return [];
      return [{ protocol, number }];
    }),
  );
  // Docker lists a port for IPv4 and for IPv6.
  return [...new Map(all.map((port) => [`${port.protocol} ${port.number}`, port])).values()];
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

function unknownForm(folder: string): ListTrouble {
  const evidence = `${folder} does not describe a container in a form that bailiff knows`;
  return { evidence, fix: 'name the container\'s log: source = { file = ["/path/to/log"] }' };
}
