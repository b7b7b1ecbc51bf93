/** Whether this program is boxed in: read once, since it does not change while it runs. */
import { existsSync } from "node:fs";

/** What Docker, Podman and systemd-nspawn leave in a container they make; undefined on a host. */
const CONTAINER_MARKS = ["/.dockerenv", "/run/.containerenv", "/run/systemd/container"] as const;

export function containerMark(): string | undefined {
  return CONTAINER_MARKS.find((path) => existsSync(path));
}
