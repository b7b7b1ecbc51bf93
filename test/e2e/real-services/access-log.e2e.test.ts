/** The access log of a real web server: who probes for programs it lacks is banned, and who misses a page is not. */
import { answersWith } from "./answers-with.ts";
import { testServices } from "./ban-attackers.ts";
import { WEB_SERVERS } from "./web-servers.ts";

testServices([
  {
    ...WEB_SERVERS.nginx,
    name: "access-log",
    counts: "abuse",
    attempt: answersWith(404, '"http://$ADDRESS/wp-login.php"'),
    visit: `${answersWith(200, '"http://$ADDRESS/"')}
${answersWith(404, '"http://$ADDRESS/favicon.ico"')}`,
  },
]);
