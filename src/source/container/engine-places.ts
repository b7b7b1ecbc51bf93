/** Names the directories in which container engines describe their containers, for root's engines and for those of users. */
import { join } from "node:path";
import { type Account, accountOf } from "../../host/process/accounts.ts";

export interface EnginePlace {
  readonly root: string;
  /** The user who runs the engine, and who may therefore write its files and any line; undefined: root. */
  readonly owner: Account | undefined;
}

/**
 * Directories of rootless engines below a home directory, unless they are configured: Docker's data-root
 * (docs.docker.com/engine/security/rootless) and Podman's graphroot (containers-storage.conf(5), rootless_storage_path).
 */
const ROOTLESS = [".local/share/docker", ".local/share/containers/storage"];

/** A user without an account has no place: such a name is reported as a container that is missing. */
export function enginePlaces(
  { roots, users }: { readonly roots: readonly string[]; readonly users: readonly string[] },
  findAccount: (user: string) => Account | undefined = accountOf,
): readonly EnginePlace[] {
  const ofRoot = roots.map((root) => ({ root, owner: undefined }));
  const ofUsers = users.flatMap((user): readonly EnginePlace[] => {
    const owner = findAccount(user);
    if (owner === undefined) return [];
    return ROOTLESS.map((folder) => ({ root: join(owner.home, folder), owner }));
  });
  return [...ofRoot, ...ofUsers];
}
