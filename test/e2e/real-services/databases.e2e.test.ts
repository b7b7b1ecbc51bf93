/** Real databases: who guesses passwords or sends them web requests is banned, and who logs in is not. */
import { testServices } from "./ban-attackers.ts";

testServices([
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
