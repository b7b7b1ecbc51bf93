/** Says how a user gets access to a control socket that is closed to it. */
import { statSync } from "node:fs";
import { accountOf, groupMembers, groupName, userName } from "../host/process/accounts.ts";

const GROUP_ACCESS = 0o060;

/** Returns what lets this user send commands that only read, as one phrase. */
export function openSocketTo(uid: number, path: string): string {
  const user = userName(uid) ?? String(uid);
  const group = groupOf(path);
  const join = `usermod -aG ${group ?? "bailiff"} ${user}`;
  const late = "a session sees its new group after the next login, a service after its restart";
  if (group === undefined)
    return `open the socket to a group: groupadd -rf bailiff; socket_group = "bailiff" in [daemon]; systemctl restart bailiff; ${join} (${late})`;
  return isMember(user, group)
    ? `user ${user} is in the group ${group} of the socket, but this process began before: ${late}`
    : `join the group of the socket: ${join} (${late})`;
}

/** Returns the group that may use the socket; undefined: none may, or it cannot be seen. */
function groupOf(path: string): string | undefined {
  try {
    const { mode, gid } = statSync(path);
    return (mode & GROUP_ACCESS) === GROUP_ACCESS ? (groupName(gid) ?? String(gid)) : undefined;
  } catch {
    return undefined;
  }
}

function isMember(user: string, group: string): boolean {
  const own = accountOf(user)?.gid;
  return groupMembers(group).includes(user) || (own !== undefined && groupName(own) === group);
}
