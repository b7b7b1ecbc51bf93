/** Detects a container. The result is cached, because it does not change. */
import { existsSync } from "node:fs";

/** The name of a file or variable that Docker, Podman and systemd-nspawn set in a container; undefined on a host. */
const CONTAINER_MARKS = ["/.dockerenv", "/run/.containerenv", "/run/systemd/container"] as const;

export function containerMark(): string | undefined {
  return CONTAINER_MARKS.find((path) => existsSync(path));
}
