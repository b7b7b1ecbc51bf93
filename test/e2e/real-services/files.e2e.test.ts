/** Real file servers: a client that guesses passwords is banned, and one that logs in is not. */
import { testServices } from "./ban-attackers.ts";

testServices([
  {
    name: "vsftpd",
    packages: ["vsftpd", "curl"],
    port: 21,
    // Debian's configuration, but for the first four lines.
    files: {
      "/etc/vsftpd.conf": `background=NO
listen_address=$ADDRESS
seccomp_sandbox=NO
local_umask=022
listen=YES
anonymous_enable=NO
local_enable=YES
dirmessage_enable=YES
use_localtime=YES
xferlog_enable=YES
connect_from_port_20=YES
secure_chroot_dir=/var/run/vsftpd/empty
pam_service_name=vsftpd
ssl_enable=NO
`,
    },
    prepare: `mkdir -p /var/run/vsftpd/empty
useradd --create-home --shell /bin/bash alice
echo alice:right | chpasswd`,
    run: "vsftpd",
    attempt: `curl --silent --user alice:wrong "ftp://$ADDRESS/" && exit 1
[ $? -eq 67 ]`,
    visit: `curl --silent --fail --user alice:right "ftp://$ADDRESS/"`,
  },
]);
