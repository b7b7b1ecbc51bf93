/** Real web servers and proxies: who guesses passwords or probes is banned, and who logs in or fetches a page is not. */
import { testServices } from "./ban-attackers.ts";

/** curl prints the status of a request. */
const STATUS = `curl --silent --output /dev/null --write-out "%{http_code}"`;
const ATTEMPT = `[ "$(${STATUS} --user alice:wrong "http://$ADDRESS/private/")" = 401 ]`;
const VISIT = `[ "$(${STATUS} "http://$ADDRESS/")" = 200 ]
[ "$(${STATUS} --user alice:right "http://$ADDRESS/private/")" = 200 ]`;

/** "right" */
const HASHES = {
  apr1: "$apr1$lab$OAT7leNHXVxK9GSs4DCy2.",
  bcrypt: "$2a$04$abcdefghijklmnopqrstuuFmEfrkTQnczNzw475xE2VhDrK1uwJiC",
};

const PAGES = {
  "/var/www/html/index.html": "Welcome\n",
  "/var/www/html/private/index.html": "Welcome, Alice\n",
};

testServices([
  {
    name: "apache",
    packages: ["apache2", "curl"],
    port: 80,
    files: {
      ...PAGES,
      "/etc/apache2/ports.conf": "Listen $ADDRESS:80\n",
      "/etc/apache2/conf-enabled/lab.conf": `ServerName lab.example.org
<Location "/private/">
  AuthType Basic
  AuthName "Lab"
  AuthUserFile /etc/apache2/users
  Require valid-user
</Location>
`,
      "/etc/apache2/users": `alice:${HASHES.apr1}\n`,
    },
    prepare: `mkdir -p /var/log/apache2 /etc/apache2/mods-enabled /etc/apache2/sites-enabled
cd /etc/apache2
for name in mpm_event authn_core authn_file authz_core authz_user auth_basic dir mime; do
  for file in mods-available/$name.*; do ln -s "../$file" mods-enabled; done
done
ln -s ../sites-available/000-default.conf sites-enabled
cd /`,
    run: "apachectl -D FOREGROUND",
    attempt: ATTEMPT,
    visit: VISIT,
  },
  {
    name: "caddy",
    packages: ["caddy", "curl"],
    port: 80,
    files: {
      ...PAGES,
      "/etc/caddy/Caddyfile": `http://$ADDRESS {
  bind $ADDRESS
  root * /var/www/html
  file_server
  basicauth /private/* {
    alice ${HASHES.bcrypt}
  }
  log {
    output file /var/log/caddy/access.log
  }
}
`,
    },
    prepare: `mkdir -p /var/log/caddy /var/lib/caddy`,
    run: "env HOME=/var/lib/caddy caddy run --config /etc/caddy/Caddyfile",
    attempt: ATTEMPT,
    visit: VISIT,
  },
  {
    // A refused password is the same line as the first question of a browser.
    name: "haproxy",
    packages: ["haproxy", "curl"],
    counts: "abuse",
    port: 80,
    files: {
      "/etc/haproxy/lab.cfg": `userlist people
  user alice insecure-password right
frontend web
  bind $ADDRESS:80
  http-request auth realm Lab if { path_beg /private/ } !{ http_auth(people) }
  http-request return status 200 content-type text/plain string Welcome
`,
    },
    // With the [global] and [defaults] of Debian. HAProxy logs from within /var/lib/haproxy.
    prepare: `useradd --system haproxy
mkdir -p /run/haproxy /var/lib/haproxy/dev
: >/var/lib/haproxy/dev/log
mount --bind /dev/log /var/lib/haproxy/dev/log`,
    run: "haproxy -db -f /etc/haproxy/haproxy.cfg -f /etc/haproxy/lab.cfg",
    attempt: ATTEMPT,
    visit: VISIT,
  },
  {
    name: "lighttpd",
    packages: ["lighttpd", "curl"],
    port: 80,
    files: {
      ...PAGES,
      "/etc/lighttpd/conf-enabled/lab.conf": `server.bind = "$ADDRESS"
server.modules += ( "mod_auth", "mod_authn_file" )
auth.backend = "htpasswd"
auth.backend.htpasswd.userfile = "/etc/lighttpd/users"
auth.require = ( "/private/" => ( "method" => "basic", "realm" => "Lab", "require" => "valid-user" ) )
`,
      "/etc/lighttpd/users": `alice:${HASHES.apr1}\n`,
    },
    prepare: `install -d -o www-data /var/log/lighttpd /run/lighttpd /var/cache/lighttpd/uploads`,
    run: "lighttpd -D -f /etc/lighttpd/lighttpd.conf",
    attempt: ATTEMPT,
    visit: VISIT,
  },
  {
    name: "squid",
    packages: ["squid", "busybox", "curl"],
    port: 3128,
    files: {
      "/etc/squid/conf.d/lab.conf": `auth_param basic program /usr/lib/squid/basic_ncsa_auth /etc/squid/users
acl people proxy_auth REQUIRED
http_access allow people
`,
      "/etc/squid/users": `alice:${HASHES.apr1}\n`,
      "/srv/index.html": "Welcome\n",
    },
    // Debian's configuration, but for the address; the visitor asks for a page of this host.
    prepare: `sed -i "s/^http_port 3128/http_port $ADDRESS:3128/" /etc/squid/squid.conf
install -d -o proxy /var/log/squid /var/spool/squid
busybox httpd -p 127.0.0.1:8080 -h /srv`,
    run: "squid -N -f /etc/squid/squid.conf",
    attempt: `[ "$(${STATUS} --proxy "http://alice:wrong@$ADDRESS:3128/" http://127.0.0.1:8080/)" = 407 ]`,
    visit: `[ "$(${STATUS} --proxy "http://alice:right@$ADDRESS:3128/" http://127.0.0.1:8080/)" = 200 ]`,
  },
  {
    name: "nginx",
    packages: ["nginx-light", "curl"],
    port: 80,
    files: {
      "/etc/nginx/sites-enabled/lab": `server {
  listen $ADDRESS:80;
  root /var/www/html;
  location /private/ { auth_basic "Lab"; auth_basic_user_file /etc/nginx/users; }
}
`,
      "/etc/nginx/users": `alice:${HASHES.apr1}\n`,
      ...PAGES,
    },
    prepare: "mkdir -p /var/log/nginx",
    run: `nginx -g "daemon off;"`,
    attempt: ATTEMPT,
    visit: VISIT,
  },
]);
