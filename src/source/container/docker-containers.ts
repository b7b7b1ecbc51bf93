/**
 * Lists Docker's containers from the files that dockerd keeps of them. Reading needs no right but to read files, and no
 * running dockerd. A program that may connect to Docker's socket is as powerful as root (ADR 0020).
 */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import * as v from "valibot";
import { parseJson } from "../../domain/json.ts";
import { codeOf } from "../../domain/thrown-error.ts";
import { reasonOf } from "../../host/explain-system-error.ts";
import { findOtherWriter } from "../../host/other-writer.ts";
import { hasWildcard } from "../file/match-glob.ts";
import {
  type Container,
  type ContainerList,
  type ContainerLog,
  isContainerId,
  isContainerName,
  type ListTrouble,
  MAX_CONTAINERS,
  MAX_DESCRIPTION_BYTES,
} from "./container.ts";

/** The parts that are used of config.v2.json and hostconfig.json (moby/container/container.go, api/types/container). */
const CONFIG = v.object({
  ID: v.string(),
  Name: v.string(),
  LogPath: v.string(),
  HasBeenStartedBefore: v.optional(v.boolean(), true),
  State: v.object({ Running: v.boolean() }),
  Config: v.object({
    Image: v.string(),
    Labels: v.nullish(v.record(v.string(), v.string())),
  }),
});
const HOST_CONFIG = v.object({ LogConfig: v.object({ Type: v.string() }) });

/** Patterns of the files whose changes change the list. */
export function dockerPatterns(root: string): readonly string[] {
  return [join(root, "containers/*/config.v2.json")];
}

/** Lists the containers below Docker's root directory. undefined: Docker keeps none there. */
export function listDockerContainers(root: string): ContainerList | undefined {
  let folder: string;
  let names: readonly string[];
  try {
    folder = realpathSync(join(root, "containers"));
    names = readdirSync(folder).filter(isContainerId);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    return { containers: [], trouble: unreadable(join(root, "containers"), error) };
  }
  const other = findOtherWriter(folder);
  if (other !== undefined) {
    const evidence = `${other.who} may change ${other.path}, so its content is not believed`;
    return { containers: [], trouble: { evidence, fix: `${other.fix} ${other.path}` } };
  }
  if (hasWildcard(folder)) {
    const evidence = `${folder} contains one of * ? [, which select files in a log's path`;
    return { containers: [], trouble: { evidence, fix: "move Docker's root directory" } };
  }
  const containers: Container[] = [];
  let trouble: ListTrouble | undefined;
  for (const id of names.slice(0, MAX_CONTAINERS)) {
    const read = readContainer(join(folder, id), id);
    if (read === undefined) continue;
    if ("evidence" in read) trouble = read;
    else containers.push(read);
  }
  return { containers, trouble: trouble ?? tooMany(folder, names.length) };
}

function tooMany(folder: string, count: number): ListTrouble | undefined {
  if (count <= MAX_CONTAINERS) return undefined;
  const evidence = `${folder} has ${count} containers, of which only ${MAX_CONTAINERS} are read`;
  return { evidence, fix: "docker container prune removes stopped ones" };
}

/** Returns undefined for a container that is being created or removed. */
function readContainer(folder: string, id: string): Container | ListTrouble | undefined {
  try {
    const config = v.safeParse(CONFIG, readJson(join(folder, "config.v2.json")));
    const host = v.safeParse(HOST_CONFIG, readJson(join(folder, "hostconfig.json")));
    if (!config.success || !host.success || config.output.ID !== id) return unknownForm(folder);
    const { Name, State, Config, HasBeenStartedBefore } = config.output;
    const name = Name.replace(/^\//, "");
    if (!isContainerName(name)) return unknownForm(folder);
    const log = logOf(folder, host.output.LogConfig.Type, config.output.LogPath);
    if (log === undefined) {
      const evidence = `Docker names ${JSON.stringify(config.output.LogPath)} as the log of ${name}, which is not in ${folder}`;
      return { evidence, fix: "correct containers.roots: it must be Docker's root directory" };
    }
    const state = State.Running ? "running" : HasBeenStartedBefore ? "stopped" : "created";
    const service = Config.Labels?.["bailiff.service"];
    return { engine: "Docker", id, name, image: Config.Image, service, state, log };
  } catch (error) {
    return codeOf(error) === "ENOENT" ? undefined : unreadable(folder, error);
  }
}

/** Returns undefined if Docker's answer is a file outside of the container's folder. */
function logOf(folder: string, driver: string, path: string): ContainerLog | undefined {
  if (driver === "journald") return { kind: "journal" };
  if (driver !== "json-file") return { kind: "other", driver };
  const file = basename(path);
  // Docker sets the path at the first start.
  if (path === "") return { kind: "file", path: join(folder, `${basename(folder)}-json.log`) };
  const isInside = isContainerName(file) && realFolder(path) === folder;
  return isInside ? { kind: "file", path: join(folder, file) } : undefined;
}

function realFolder(path: string): string | undefined {
  try {
    return realpathSync(dirname(path));
  } catch {
    // Docker sees other folders than this process.
    return undefined;
  }
}

function readJson(path: string): unknown {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile() || stats.size > MAX_DESCRIPTION_BYTES) return undefined;
    const buffer = Buffer.alloc(stats.size);
    return parseJson(buffer.toString("utf8", 0, readSync(fd, buffer, 0, buffer.length, 0)));
  } finally {
    closeSync(fd);
  }
}

function unknownForm(folder: string): ListTrouble {
  const evidence = `${folder} does not describe a container in a form that bailiff knows`;
  return { evidence, fix: 'name the container\'s log: source = { file = ["/path/to/log"] }' };
}

function unreadable(path: string, error: unknown): ListTrouble {
  const evidence = `cannot read ${path}: ${reasonOf(error)}`;
  return { evidence, fix: "run bailiff as root, or with CAP_DAC_READ_SEARCH as its unit does" };
}
