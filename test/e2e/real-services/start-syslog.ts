/**
 * Starts a real rsyslogd for a lab, with the rules of Debian. It receives at the socket dev-log in the lab's folder, and
 * writes to the lab's log folder.
 */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "../../../src/demo/lab.ts";
import { untilTrue } from "../stage.ts";

export async function startSyslog(lab: Lab): Promise<void> {
  const [socket, path] = [join(lab.folder, "dev-log"), join(lab.folder, "rsyslog.conf")];
  const file = (name: string): string => `action(type="omfile" file="${lab.logFolder}/${name}")`;
  // As in rsyslog.conf of Debian 12, and in what the package haproxy adds.
  const rules = `:programname, startswith, "haproxy" {
  ${file("haproxy.log")}
  stop
}
*.*;auth,authpriv.none ${file("syslog")}
auth,authpriv.* ${file("auth.log")}
mail.* ${file("mail.log")}
`;
  writeFileSync(
    path,
    `module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="${socket}" RateLimit.Interval="0")
${rules}`,
  );
  const pid = join(lab.folder, "rsyslog.pid");
  lab.start("host", ["/usr/sbin/rsyslogd", "-n", "-i", pid, "-f", path]);
  await untilTrue(() => existsSync(socket), "rsyslogd receives");
}
