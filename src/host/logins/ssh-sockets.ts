/** Finds the sockets on which sshd listens, by the owner of the socket, else by the well-known port. */
import type { Known, SshSocket } from "../../domain/host-facts.ts";
import { addressScope } from "../../domain/address-scope.ts";
import { listListeners, ownersOf } from "../services/listeners.ts";
import { seesOtherPrograms } from "../process/running-programs.ts";

export interface SshSockets {
  readonly sockets: Known<readonly SshSocket[]>;
  /** Process id of the listening sshd. */
  readonly pid: number | undefined;
}

const SSH_PORT = 22;
const SSHD = /^(?:sshd|dropbear|sshd-session)/;

/** Finds the sockets. `ports`: further ports on which sshd is configured to listen. */
export function findSshSockets(ports: readonly number[]): SshSockets {
  const listeners = listListeners().filter(({ protocol }) => protocol === "tcp");
  const owners = ownersOf(listeners);
  const ownersOfOne = (inode: number) => owners.get(inode) ?? [];
  const bySshd = listeners.filter(({ inode }) =>
    ownersOfOne(inode).some(({ command }) => SSHD.test(command)),
  );
  // systemd holds the sockets of socket-activated services. Without root, sockets of other users are hidden.
  const byPort = listeners.filter(
    ({ port, inode }) =>
      (port === SSH_PORT || ports.includes(port)) &&
      (ownersOfOne(inode).length === 0 || ownersOfOne(inode).some(({ pid }) => pid === 1)),
  );
  const found = bySshd.length > 0 ? bySshd : byPort;
  const pid = found
    .flatMap(({ inode }) => ownersOfOne(inode))
    .find(({ command }) => SSHD.test(command))?.pid;
  const hidden = listeners.some(({ inode }) => ownersOfOne(inode).length === 0);
  if (found.length === 0 && hidden && !isRoot())
    return {
      sockets: {
        known: false,
        why: "no process listens on port 22, and the owners of other ports are hidden (needs root)",
      },
      pid,
    };
  if (found.length === 0 && !seesOtherPrograms())
    return { sockets: { known: false, why: "other programs are hidden from this one" }, pid };
  const sockets = found.map(({ address, port }) => ({
    address,
    port,
    scope: addressScope(address),
  }));
  return { sockets: { known: true, value: sockets }, pid };
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
