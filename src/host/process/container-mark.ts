/** Detects a container by the files that container managers create in it. */
import { existsSync } from "node:fs";

/** Set by Docker, Podman and systemd. */
const CONTAINER_MARKS = ["/.dockerenv", "/run/.containerenv", "/run/systemd/container"] as const;

/** Returns the file that shows that this is a container; undefined on a host. */
export function containerMark(): string | undefined {
  return CONTAINER_MARKS.find((path) => existsSync(path));
}
