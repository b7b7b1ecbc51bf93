/** Real web servers and proxies: who guesses passwords is banned, and who logs in or fetches a page is not. */
import { answersWith } from "./answers-with.ts";
import { testServices } from "./ban-attackers.ts";
import { WEB_SERVERS } from "./web-servers.ts";

const PRIVATE = '"http://$ADDRESS/private/"';
const LOGINS = {
  attempt: answersWith(401, `--user alice:wrong ${PRIVATE}`),
  // As a browser, it asks without a password first.
  visit: `${answersWith(200, '"http://$ADDRESS/"')}
${answersWith(200, `--anyauth --user alice:right ${PRIVATE}`)}`,
};

const { apache, caddy, haproxy, lighttpd, nginx, squid } = WEB_SERVERS;

testServices([
  { ...apache, ...LOGINS },
  { ...caddy, ...LOGINS },
  {
    ...haproxy,
    ...LOGINS,
    // It logs a refused password like the first question of a browser.
    counts: "abuse",
    visit: answersWith(200, `--user alice:right ${PRIVATE}`),
  },
  { ...lighttpd, ...LOGINS },
  { ...nginx, ...LOGINS },
  {
    ...squid,
    // Not as the visitor's user: Squid answers requests of one user at the same time with the verdict on one password.
    attempt: answersWith(407, '--proxy "http://bob:wrong@$ADDRESS:3128/" http://127.0.0.1:8080/'),
    visit: answersWith(
      200,
      '--proxy-anyauth --proxy "http://alice:right@$ADDRESS:3128/" http://127.0.0.1:8080/',
    ),
  },
]);
