/** Replaces node:os for the daemon: the simulated machine has a name. */
export {
  availableParallelism,
  constants,
  freemem,
  networkInterfaces,
  release,
  tmpdir,
} from "node:os";

export function hostname(): string {
  return "web1";
}
