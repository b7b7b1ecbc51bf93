/** A real LDAP server and a real name server: who guesses passwords or takes a zone is banned, and who asks is not. */
import { testServices } from "./ban-attackers.ts";

testServices([
  {
    name: "slapd",
    packages: ["slapd", "ldap-utils"],
    port: 389,
    files: {
      "/etc/ldap/slapd.conf": `include /etc/ldap/schema/core.schema
pidfile /run/slapd/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
loglevel stats
database mdb
suffix dc=example,dc=org
directory /var/lib/ldap
rootdn cn=admin,dc=example,dc=org
rootpw right
`,
    },
    prepare: `useradd --system openldap
install -d -o openldap /run/slapd /var/lib/ldap`,
    run: 'slapd -h "ldap://$ADDRESS/" -f /etc/ldap/slapd.conf -u openldap -g openldap -d 0',
    // 49: invalid credentials.
    attempt: `ldapwhoami -x -H "ldap://$ADDRESS/" -D cn=admin,dc=example,dc=org -w wrong && exit 1
[ $? -eq 49 ]`,
    visit: `ldapwhoami -x -H "ldap://$ADDRESS/" -D cn=admin,dc=example,dc=org -w right`,
  },
  {
    name: "bind",
    packages: ["bind9", "bind9-dnsutils"],
    port: 53,
    files: {
      "/etc/bind/named.conf.options": `options {
  directory "/var/cache/bind";
  listen-on { $ADDRESS; };
  listen-on-v6 { none; };
  dnssec-validation no;
  recursion no;
  allow-transfer { none; };
};
`,
      "/etc/bind/named.conf.local": `zone "example.org" { type primary; file "/etc/bind/db.example.org"; };
`,
      "/etc/bind/db.example.org": `$TTL 3600
@ IN SOA ns admin 1 3600 900 604800 3600
@ IN NS ns
ns IN A $ADDRESS
www IN A 192.0.2.1
`,
    },
    prepare: `useradd --system bind
install -d -o bind /run/named /var/cache/bind`,
    run: "named -f -u bind",
    attempt: 'dig "@$ADDRESS" example.org AXFR | grep "Transfer failed"',
    visit: '[ "$(dig +short +tcp "@$ADDRESS" www.example.org A)" = 192.0.2.1 ]',
  },
]);
