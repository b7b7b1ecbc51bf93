/**
 * Defines a container of this host as its engine describes it on disk, and selects containers by name or image. Names
 * and labels are chosen by users who may start containers, so they are only compared and shown.
 */
import { userName } from "../../host/process/accounts.ts";
import type { Port } from "../../domain/port-scope.ts";

export interface Container {
  readonly engine: ContainerEngine;
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  /** The image as it was named when the container was created: "ghcr.io/owner/web:1.2". */
  readonly image: string;
  /** Value of the label `bailiff.service`; for Podman of the annotation, since its labels are in its database. */
  readonly service: string | undefined;
  /** The user who runs its engine, and writes its output to the journal. */
  readonly uid: number;
  /** created: it was never started. */
  readonly state: "running" | "stopped" | "created";
  readonly log: ContainerLog;
  /** Ports of the host that lead to the running container from other hosts, as far as its engine says. */
  readonly published: readonly Port[];
}

export type ContainerEngine = "Docker" | "Podman";

/** Where the output of a container goes. other: to a place that bailiff cannot read, according to the driver's name. */
export type ContainerLog =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "journal" }
  | { readonly kind: "other"; readonly driver: string };

export const SERVICE_LABEL = "bailiff.service";

export interface ContainerList {
  readonly containers: readonly Container[];
  /** Why containers may be missing in the list; undefined: it is complete. */
  readonly trouble: ListTrouble | undefined;
}

export interface ListTrouble {
  readonly evidence: string;
  readonly fix: string;
}

/** Maximum number of containers of one engine that are read. */
export const MAX_CONTAINERS = 4096;

/** Forms that both engines demand; a container of another form was not written by them. */
const ID = /^[0-9a-f]{64}$/;
const NAME = /^[a-zA-Z0-9][\w.-]{0,254}$/;

export function isContainerId(text: string): boolean {
  return ID.test(text);
}

export function isContainerName(text: string): boolean {
  return NAME.test(text);
}

/** Which containers are meant: by their name or image, or by their label `bailiff.service`. */
export interface WantedContainer {
  readonly container: string;
  readonly by: "name" | "label";
}

/** Returns the containers of this name; without one, all whose image has it, without registry and tag. */
export function selectContainers(
  containers: readonly Container[],
  { container: wanted, by }: WantedContainer,
): readonly Container[] {
  if (by === "label") return containers.filter(({ service }) => service === wanted);
  const named = containers.filter(({ name }) => name === wanted);
  return named.length > 0 ? named : containers.filter(({ image }) => isImage(image, wanted));
}

/** Compares whole components: "web" is "ghcr.io/owner/web:1.2", and so is "owner/web". */
function isImage(image: string, wanted: string): boolean {
  const repository = image.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
  return repository === wanted || repository.endsWith(`/${wanted}`);
}

/** Formats a container for display: "web (Docker 1c35ce9da053)", "web (Podman 1c35ce9da053 of alice)". */
export function nameContainer({ engine, id, name, uid }: Container): string {
  const whose = uid === 0 ? "" : ` of ${userName(uid) ?? uid}`;
  return `${name} (${engine} ${id.slice(0, 12)}${whose})`;
}
