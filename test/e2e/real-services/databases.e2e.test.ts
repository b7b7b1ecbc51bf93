/** Real databases: who guesses passwords or sends them web requests is banned, and who logs in is not. */
import { testServices } from "./ban-attackers.ts";

testServices([
  {
    name: "mysql",
    packages: ["mariadb-server-core", "mariadb-client-core"],
    port: 3306,
    // Debian's log_error is commented out: it would be the journal.
    files: {
      "/etc/mysql/my.cnf": `[mariadbd]
user = mysql
bind_address = $ADDRESS
datadir = /var/lib/mysql
socket = /run/mysqld/mysqld.sock
log_error = /var/log/mysql/error.log
skip_name_resolve = ON
init_file = /etc/mysql/accounts.sql
`,
      "/etc/mysql/accounts.sql": "CREATE USER alice IDENTIFIED BY 'right';\n",
    },
    prepare: `useradd --system mysql
install -d -o mysql /var/lib/mysql /var/log/mysql /run/mysqld
mariadb-install-db --user=mysql --skip-test-db --auth-root-authentication-method=normal >/dev/null`,
    run: "mariadbd",
    attempt: `mariadb --host "$ADDRESS" --user alice --password=wrong --execute "SELECT 1" 2>&1 |
  grep "Access denied for user 'alice'"`,
    visit: `mariadb --host "$ADDRESS" --user alice --password=right --execute "SELECT 1"`,
  },
  {
    name: "postgresql",
    packages: ["postgresql-15"],
    port: 5432,
    // Debian's configuration, with log_connections: its prefix has no address.
    files: {
      "/etc/postgresql/lab.conf": `listen_addresses = '$ADDRESS'
log_line_prefix = '%m [%p] %q%u@%d '
log_connections = on
`,
    },
    prepare: `useradd --system postgres
data=/var/lib/postgresql/15/main
log=/var/log/postgresql/postgresql-15-main.log
install -d -o postgres "$data" /var/log/postgresql /var/run/postgresql
as_postgres="setpriv --reuid postgres --regid postgres --clear-groups env PATH=$PATH:/usr/lib/postgresql/15/bin"
$as_postgres initdb --no-sync --auth-local=trust --auth-host=scram-sha-256 "$data"
cat /etc/postgresql/lab.conf >>"$data/postgresql.conf"
echo "host all all all scram-sha-256" >>"$data/pg_hba.conf"
echo "CREATE ROLE alice LOGIN PASSWORD 'right'" | $as_postgres postgres --single -D "$data" postgres
$as_postgres touch "$log"`,
    run: `$as_postgres postgres -D "$data" >>"$log" 2>&1`,
    attempt: `PGPASSWORD=wrong psql --host "$ADDRESS" --user alice --command "SELECT 1" postgres 2>&1 |
  grep 'password authentication failed for user "alice"'`,
    visit: `PGPASSWORD=right psql --host "$ADDRESS" --user alice --command "SELECT 1" postgres`,
  },
  {
    name: "redis",
    // Redis 7.0, of Debian 12, does not log the address.
    suite: "trixie",
    packages: ["redis-server", "curl"],
    counts: "abuse",
    // Redis logs it once a minute.
    maxretry: 1,
    port: 6379,
    prepare: `useradd --system redis
install -d -o redis /var/log/redis /var/lib/redis /run/redis`,
    run: `setpriv --reuid redis --regid redis --clear-groups redis-server /etc/redis/redis.conf \\
  --bind $ADDRESS --daemonize no --requirepass right`,
    // Redis ends the connection without an answer.
    attempt: `curl --silent --data x "http://$ADDRESS:6379/" && exit 1
[ $? -eq 52 ]`,
    visit: `redis-cli -h "$ADDRESS" -a right ping | grep -x PONG`,
  },
]);
