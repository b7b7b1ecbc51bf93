import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { basename, join } from "node:path";
import test from "node:test";
import { filterNamed } from "./other-names.ts";
import { suggestFilter } from "./suggest-filter.ts";
import { WITHOUT_FILTER } from "./without-filter.ts";

const FILTERS = join(import.meta.dirname, "../../filters");
const KNOWN = globSync("*/*.toml", { cwd: FILTERS }).map((path) => basename(path, ".toml"));

test("names of jails in fail2ban lead to the filter that reads the same log", () => {
  const filters = {
    "nginx-http-auth": "nginx",
    "apache-auth": "apache",
    "lighttpd-auth": "lighttpd",
    "roundcube-auth": "roundcube",
    "sogo-auth": "sogo",
    "drupal-auth": "drupal",
    "webmin-auth": "webmin",
    "froxlor-auth": "froxlor",
    "courier-smtp": "courier",
    "courier-auth": "courier",
    "postfix-sasl": "postfix",
    "sendmail-auth": "sendmail",
    "uwimap-auth": "uwimap",
    "znc-adminlog": "znc",
    "mysqld-auth": "mysql",
    "mssql-auth": "mssql",
    "mongodb-auth": "mongodb",
    "pam-generic": "pam",
    "xinetd-fail": "xinetd",
    "ejabberd-auth": "ejabberd",
    softethervpn: "softether",
    nagios: "nrpe",
    "haproxy-http-auth": "haproxy",
    "phpmyadmin-syslog": "phpmyadmin",
    "routeros-auth": "routeros",
    "traefik-auth": "traefik",
  };
  for (const [name, filter] of Object.entries(filters))
    assert.equal(suggestFilter(name, KNOWN), `did you mean "${filter}"?`, name);
});

test("a jail in fail2ban about abuse leads to that mode", () => {
  const filters = {
    "apache-badbots": "access-log",
    "apache-noscript": "apache",
    "apache-overflows": "apache",
    "apache-nohome": "apache",
    "apache-botsearch": "access-log",
    "apache-fakegooglebot": "fake-crawler",
    "apache-modsecurity": "modsecurity",
    "apache-shellshock": "apache",
    "nginx-limit-req": "nginx",
    "nginx-botsearch": "access-log",
    "nginx-bad-request": "nginx",
    "nginx-forbidden": "nginx",
    "php-url-fopen": "access-log",
    "postfix-rbl": "postfix",
    "sendmail-reject": "sendmail",
    "exim-spam": "exim",
    "named-refused": "bind",
  };
  for (const [name, filter] of Object.entries(filters))
    assert.equal(suggestFilter(name, KNOWN), `did you mean "${filter}" with mode = "abuse"?`, name);
});

test("a mistyped name leads to the closest filter, another name to none", () => {
  assert.equal(suggestFilter("ngnix", KNOWN), 'did you mean "nginx"?');
  assert.equal(suggestFilter("nginx-proxy-manger", KNOWN), 'did you mean "nginx-proxy-manager"?');
  assert.equal(suggestFilter("shop", KNOWN), undefined);
  // Without the filter, its name is not suggested.
  assert.equal(suggestFilter("mysqld-auth", ["sshd"]), undefined);
});

test("another name leads to its filter, and a service without one to the reason", () => {
  assert.equal(suggestFilter("mariadb", KNOWN), 'did you mean "mysql"?');
  assert.match(suggestFilter("WireGuard", KNOWN) ?? "", /logs nothing/);
  for (const name of WITHOUT_FILTER.keys()) assert.equal(filterNamed(name, KNOWN), name);
});
