/** Real servers for remote logins: who guesses passwords is banned, and who logs in is not. */
import { testServices } from "./ban-attackers.ts";

/** Runs a command on the server as Alice, with one attempt of this password. */
function ssh(password: string): string {
  return `SSH_ASKPASS=/usr/local/bin/echo-password PASSWORD=${password} SSH_ASKPASS_REQUIRE=force \\
ssh -o StrictHostKeyChecking=no -o NumberOfPasswordPrompts=1 alice@$ADDRESS echo welcome 2>&1`;
}

testServices([
  {
    name: "dropbear",
    packages: ["dropbear-bin"],
    port: 22,
    files: { "/usr/local/bin/echo-password": '#!/bin/sh\necho "$PASSWORD"\n' },
    prepare: `chmod +x /usr/local/bin/echo-password
useradd --create-home --shell /bin/bash alice
echo alice:right | chpasswd
mkdir -p /etc/dropbear
dropbearkey -t ed25519 -f /etc/dropbear/dropbear_ed25519_host_key`,
    run: "dropbear -F -p $ADDRESS:22",
    attempt: `${ssh("wrong")} | grep "Permission denied"`,
    visit: `${ssh("right")} | grep -x welcome`,
  },
]);
