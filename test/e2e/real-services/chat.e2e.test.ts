/** A real chat server: who guesses passwords is banned, and who sends a message is not. */
import { testServices } from "./ban-attackers.ts";

/** Sends a message as Alice, with one attempt of this password. */
function send(password: string): string {
  return `echo Hello |
go-sendxmpp --no-tls-verify --jserver $ADDRESS:5222 --username alice@example.org --password ${password} \\
  alice@example.org 2>&1`;
}

testServices([
  {
    name: "ejabberd",
    packages: ["ejabberd", "go-sendxmpp"],
    port: 5222,
    files: {
      "/etc/ejabberd/ejabberd.yml": `hosts: [example.org]
certfiles: [/etc/ejabberd/certificate.pem]
`,
      "/etc/ejabberd/listen.yml": `listen:
  - port: 5222
    ip: "$ADDRESS"
    module: ejabberd_c2s
    starttls: true
`,
    },
    // It must not listen before the account exists.
    prepare: `useradd --system --home-dir /var/lib/ejabberd ejabberd
install -d -o ejabberd /var/log/ejabberd /var/lib/ejabberd
cd /etc/ejabberd
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=example.org \\
  -keyout key.pem -out certificate.pem
cat key.pem >>certificate.pem
chown -R ejabberd .
cd /
ejabberdctl start
ejabberdctl started
ejabberdctl register alice example.org right
cat /etc/ejabberd/listen.yml >>/etc/ejabberd/ejabberd.yml
ejabberdctl reload_config`,
    run: "tail --follow /var/log/ejabberd/ejabberd.log",
    attempt: `${send("wrong")} | grep "auth failure"`,
    visit: send("right"),
  },
]);
