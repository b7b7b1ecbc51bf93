/**
 * Finds the log of the containers that a jail names, and says what prevents reading it. Engines describe their
 * containers on disk, so the answer does not depend on a running engine.
 */
import type { Port } from "../../domain/port-scope.ts";
import {
  type Container,
  type ContainerLog,
  type ListTrouble,
  nameContainer,
  selectContainers,
  type WantedContainer,
} from "./container.ts";
import { dockerPatterns, listDockerContainers } from "./docker-containers.ts";
import type { EnginePlace } from "./engine-places.ts";
import { listPodmanContainers, podmanPatterns } from "./podman-containers.ts";

export interface ContainerSearch {
  readonly log: FoundContainerLog | undefined;
  readonly looked: readonly { readonly where: string; readonly found: string }[];
  /** Ports of the host that lead to these containers. */
  readonly published: readonly PublishedPort[];
  /** What is wrong, although a log may be found; undefined: nothing. */
  readonly fault: ContainerFault | undefined;
}

export interface PublishedPort extends Port {
  /** The container, for display. */
  readonly by: string;
}

export type FoundContainerLog =
  | { readonly kind: "file"; readonly files: readonly string[]; readonly shownAs: string }
  | { readonly kind: "journal"; readonly matches: readonly (readonly string[])[] };

export interface ContainerLabel {
  readonly container: string;
  readonly service: string;
}

export interface ContainerFault {
  readonly cause: "container-missing" | "container-stopped" | "container-unreadable";
  readonly evidence: string;
  readonly fix: string;
}

interface AllContainers {
  readonly containers: readonly Container[];
  readonly troubles: readonly ListTrouble[];
  /** Engines' root directories that contain containers. */
  readonly roots: readonly string[];
}

const ENGINES = [
  { list: listDockerContainers, patterns: dockerPatterns },
  { list: listPodmanContainers, patterns: podmanPatterns },
];

const SHOWN = 4;

/** Lists the containers of all engines in these places. */
function listContainers(places: readonly EnginePlace[]): AllContainers {
  const lists = places.flatMap((place) =>
    ENGINES.flatMap(({ list }) => {
      const listed = list(place);
      return listed === undefined ? [] : [{ root: place.root, ...listed }];
    }),
  );
  return {
    containers: lists.flatMap(({ containers }) => containers),
    troubles: lists.flatMap(({ trouble }) => trouble ?? []),
    roots: lists.map(({ root }) => root),
  };
}

/** Returns patterns of all files whose changes may change the list. */
export function containerPatterns(places: readonly EnginePlace[]): readonly string[] {
  return places.flatMap(({ root }) => ENGINES.flatMap(({ patterns }) => patterns(root)));
}

/** Lists the labels `bailiff.service` of running containers. */
export function listLabels(places: readonly EnginePlace[]): readonly ContainerLabel[] {
  return listContainers(places).containers.flatMap((container) =>
    container.service === undefined || container.state !== "running"
      ? []
      : [{ container: nameContainer(container), service: container.service }],
  );
}

/** Finds the log of the containers that are meant, and what prevents reading it. */
export function findContainerLog(
  wanted: WantedContainer,
  places: readonly EnginePlace[],
): ContainerSearch {
  const all = listContainers(places);
  const selected = selectContainers(all.containers, wanted);
  // A stopped container of an image is often a leftover.
  const running = selected.filter(({ state }) => state === "running");
  const used = running.length > 0 ? running : selected;
  const looked = used.slice(0, SHOWN).map((container) => ({
    where: `container ${nameContainer(container)}`,
    found: `${container.state}, ${describeLog(container.log)}`,
  }));
  if (used.length === 0)
    return { log: undefined, looked, published: [], fault: missing(wanted, places, all) };
  const log = chooseLog(used);
  const fault = unread(used, log) ?? (running.length === 0 ? stopped(used) : undefined);
  const published = used.flatMap((container) =>
    container.published.map((port) => ({ ...port, by: `container ${nameContainer(container)}` })),
  );
  return { log, looked, published, fault };
}

/** Chooses files if there are any: a jail reads either files or the journal. */
function chooseLog(used: readonly Container[]): FoundContainerLog | undefined {
  const inFiles = used.filter(({ log }) => log.kind === "file");
  const files = inFiles.flatMap(({ log }) => (log.kind === "file" ? [log.path] : []));
  if (files.length > 0) return { kind: "file", files: files.sort(), shownAs: nameAll(inFiles) };
  const inJournal = used.filter(({ log }) => log.kind === "journal");
  if (inJournal.length === 0) return undefined;
  // The user of the engine writes them. A container's own processes reach no journal unless its socket is mounted.
  return {
    kind: "journal",
    matches: inJournal.map(({ name, uid }) => [`CONTAINER_NAME=${name}`, `_UID=${uid}`]),
  };
}

function nameAll(containers: readonly Container[]): string {
  const names = containers.slice(0, SHOWN).map(nameContainer);
  const more = containers.length > SHOWN ? ` and ${containers.length - SHOWN} more` : "";
  return `container ${names.join(", ")}${more}`;
}

function missing(
  wanted: WantedContainer,
  places: readonly EnginePlace[],
  all: AllContainers,
): ContainerFault {
  const [trouble] = all.troubles;
  const cause = "container-missing";
  if (trouble !== undefined) return { cause, ...trouble };
  if (all.roots.length === 0) {
    const evidence = `no container of Docker or Podman exists below ${places.map(({ root }) => root).join(" or ")}`;
    const fix =
      "if they are elsewhere (docker info shows Docker Root Dir, podman info graphRoot): [containers] roots; users names users whose rootless engines are read";
    return { cause, evidence, fix };
  }
  const which =
    wanted.by === "label"
      ? `has the label bailiff.service=${wanted.container}`
      : `is named ${wanted.container} or has an image of this name`;
  const evidence = `no container ${which}, of ${all.containers.length} below ${all.roots.join(" and ")}`;
  return {
    cause,
    evidence,
    fix: "start it, or correct its name: docker ps --all, or podman ps --all, lists containers",
  };
}

function stopped(used: readonly Container[]): ContainerFault {
  const [first] = used;
  const evidence = `${nameAll(used)} is ${first?.state === "created" ? "not started yet" : "stopped"}`;
  const fix = `${first?.engine.toLowerCase()} start ${first?.name}, or remove its jail`;
  return { cause: "container-stopped", evidence, fix };
}

function unread(
  used: readonly Container[],
  log: FoundContainerLog | undefined,
): ContainerFault | undefined {
  const left = used.find((one) => one.log.kind !== log?.kind);
  if (left === undefined) return undefined;
  const cause = "container-unreadable";
  const whose = `the output of container ${nameContainer(left)}`;
  if (left.log.kind === "other") {
    const evidence = `${whose} goes to the logging driver ${JSON.stringify(left.log.driver)}, which keeps no log that bailiff reads`;
    const read =
      left.log.driver === "syslog" ? ', or read syslog\'s file: source = { file = ["…"] }' : "";
    return { cause, evidence, fix: `re-create it with --log-driver json-file or journald${read}` };
  }
  const evidence = `${whose} goes to the ${left.log.kind}, that of the others to the ${log?.kind}`;
  return {
    cause,
    evidence,
    fix: `give it a separate jail: source = { container = "${left.name}" }`,
  };
}

function describeLog(log: ContainerLog): string {
  switch (log.kind) {
    case "file":
      return `logs to ${log.path}`;
    case "journal":
      return "logs to the journal";
    case "other":
      return `logging driver ${JSON.stringify(log.driver)}`;
  }
}
