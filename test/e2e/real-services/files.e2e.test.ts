/** Real file servers: a client that guesses passwords is banned, and one that logs in is not. */
import { testServices } from "./ban-attackers.ts";

const ACCOUNT = `useradd --create-home --shell /bin/bash alice
echo alice:right | chpasswd`;

/** 67: the login is refused. */
const FTP_LOGINS = {
  attempt: `curl --silent --user alice:wrong "ftp://$ADDRESS/" && exit 1
[ $? -eq 67 ]`,
  visit: 'curl --silent --fail --user alice:right "ftp://$ADDRESS/"',
};

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
${ACCOUNT}`,
    run: "vsftpd",
    ...FTP_LOGINS,
  },
  {
    name: "proftpd",
    packages: ["proftpd-core", "curl"],
    port: 21,
    files: {
      "/etc/proftpd/conf.d/lab.conf": `DefaultAddress $ADDRESS
SocketBindTight on
`,
    },
    prepare: `cp -R /usr/share/proftpd/templates/. /etc/proftpd
useradd --system proftpd
install -d -o proftpd /var/log/proftpd /run/proftpd
${ACCOUNT}
proftpd`,
    // In the foreground ProFTPD does not write its log.
    run: "tail --follow /var/log/proftpd/proftpd.log",
    ...FTP_LOGINS,
  },
  {
    name: "pure-ftpd",
    packages: ["pure-ftpd", "curl"],
    port: 21,
    files: { "/etc/pure-ftpd/conf/Bind": "$ADDRESS,21\n" },
    prepare: `mkdir /var/log/pure-ftpd
${ACCOUNT}`,
    run: "pure-ftpd-wrapper",
    ...FTP_LOGINS,
  },
  {
    name: "samba",
    packages: ["samba", "smbclient"],
    port: 445,
    // Debian's configuration logs to a file for each client, and no logins.
    prepare: `cat >>/usr/share/samba/smb.conf <<END
[global]
  interfaces = $ADDRESS/32
  bind interfaces only = yes
  log level = 1 auth_audit:3
END
cp /usr/share/samba/smb.conf /etc/samba/smb.conf
mkdir -p /var/log/samba /var/lib/samba/private /run/samba
${ACCOUNT}
printf 'right\\nright\\n' | smbpasswd -s -a alice`,
    run: "smbd --foreground --no-process-group",
    attempt: `smbclient --user alice%wrong "//$ADDRESS/alice" --command ls | grep NT_STATUS_LOGON_FAILURE`,
    visit: 'smbclient --user alice%right "//$ADDRESS/alice" --command ls',
  },
]);
