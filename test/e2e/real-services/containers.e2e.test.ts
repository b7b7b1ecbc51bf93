/**
 * A real server in a real container of Docker: bailiff finds its log by the container's name, follows it to the log of a
 * new container, and bans from the published port, whose packets Docker forwards.
 */
import { answersWith } from "./answers-with.ts";
import { testServices } from "./ban-attackers.ts";
import { nginxFiles } from "./nginx-files.ts";

const RUN = `docker run --detach --name web --publish "$ADDRESS:8080:80" --volume /usr:/usr:ro --volume /etc:/etc:ro \\
  --volume /var/www:/var/www:ro image nginx`;

testServices([
  {
    name: "nginx",
    packages: ["docker.io", "nginx-light", "curl"],
    port: 8080,
    jail: `source = { container = "web" }
[jails.narrow]
filter = "nginx"
maxretry = 1000
source = { container = "web" }
ports = [80]
[jails.stopped]
filter = "nginx"
source = { container = "stopped" }
[jails.quiet]
filter = "nginx"
source = { container = "quiet" }
[jails.absent]
filter = "nginx"
source = { container = "absent" }
[containers]
discover = true
roots = ["/var/log/docker"]`,
    alsoProtected: ["dropbear-container"],
    unprotected: {
      // It is the port in the container.
      narrow: "ports-differ",
      stopped: "container-stopped",
      quiet: "container-unreadable",
      absent: "container-missing",
    },
    files: nginxFiles("80"),
    // The image has only links such as /bin -> usr/bin and what nginx writes to; the other files come as volumes.
    prepare: `mount -t sysfs sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /var/log/docker /image/var/log/nginx /image/var/lib/nginx /image/run
cp --no-dereference /bin /sbin /lib /lib64 /image
for name in iptables ip6tables; do ln -s xtables-nft-multi "/usr/sbin/$name"; done
dockerd --data-root /var/log/docker --storage-driver vfs --cgroup-parent "/bailiff-$ADDRESS" 2>/tmp/dockerd.log &
until docker version >/dev/null 2>&1; do
  kill -0 $! || { cat /tmp/dockerd.log; exit 1; }
  sleep 0.1
done
tar -C /image -c . | docker import - image >/dev/null
docker run --name stopped --volume /usr:/usr:ro image true
docker run --detach --name labeled --label bailiff.service=dropbear --volume /usr:/usr:ro image sleep infinity
docker run --detach --name quiet --log-driver none --volume /usr:/usr:ro image sleep infinity
${RUN}`,
    run: "sleep infinity",
    attempt: answersWith(401, '--user alice:wrong "http://$ADDRESS:8080/private/"'),
    visit: answersWith(200, '--anyauth --user alice:right "http://$ADDRESS:8080/private/"'),
    replace: `docker rm --force web
${RUN}`,
    cleanUp: `docker rm --force web quiet labeled
rmdir "/sys/fs/cgroup/bailiff-$ADDRESS"`,
  },
]);
