/** Web servers and proxies from Debian's packages, each with a page for all, and one for Alice with the password "right". */
import type { RealService } from "./ban-attackers.ts";

/** Of "right". */
const HASHES = {
  apr1: "$apr1$lab$OAT7leNHXVxK9GSs4DCy2.",
  bcrypt: "$2a$04$abcdefghijklmnopqrstuuFmEfrkTQnczNzw475xE2VhDrK1uwJiC",
};

const PAGES = {
  "/var/www/html/index.html": "Welcome\n",
  "/var/www/html/private/index.html": "Welcome, Alice\n",
};

/** Together, because most of what they need is the same. */
export const WEB_PACKAGES: readonly string[] = [
  "apache2",
  "caddy",
  "haproxy",
  "lighttpd",
  "nginx-light",
  "squid",
  "busybox",
  "curl",
];

type Server = Omit<RealService, "attempt" | "visit" | "counts">;

type Name = "apache" | "caddy" | "haproxy" | "lighttpd" | "squid" | "nginx";

export const WEB_SERVERS: Readonly<Record<Name, Server>> = {
  apache: {
    name: "apache",
    packages: WEB_PACKAGES,
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
  },
  caddy: {
    name: "caddy",
    packages: WEB_PACKAGES,
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
  },
  haproxy: {
    name: "haproxy",
    packages: WEB_PACKAGES,
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
  },
  lighttpd: {
    name: "lighttpd",
    packages: WEB_PACKAGES,
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
    prepare: `ln -s ../conf-available/10-accesslog.conf /etc/lighttpd/conf-enabled
install -d -o www-data /var/log/lighttpd /run/lighttpd /var/cache/lighttpd/uploads`,
    run: "lighttpd -D -f /etc/lighttpd/lighttpd.conf",
  },
  squid: {
    name: "squid",
    packages: WEB_PACKAGES,
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
  },
  nginx: {
    name: "nginx",
    packages: WEB_PACKAGES,
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
  },
};
