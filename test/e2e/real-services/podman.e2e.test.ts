/** A real server in a real container of Podman: bailiff finds its log, and follows it to the log of a new container. */
import { answersWith } from "./answers-with.ts";
import { testServices } from "./ban-attackers.ts";
import { nginxFiles } from "./nginx-files.ts";

/** As Quadlet runs containers: removed when they end. */
const RUN = `podman --cgroup-manager cgroupfs --root /var/log/podman --storage-driver vfs --events-backend file \\
  run --rm --detach --name web --log-driver k8s-file --network host --cgroups disabled \\
  --volume /usr:/usr:ro --volume /etc:/etc:ro --volume /var/www:/var/www:ro image nginx`;

testServices([
  {
    name: "nginx",
    packages: ["podman", "crun", "nginx-light", "curl"],
    suite: "trixie",
    port: 80,
    jail: `source = { container = "web" }
[containers]
roots = ["/var/log/podman"]`,
    files: {
      "/etc/containers/policy.json": '{ "default": [{ "type": "insecureAcceptAnything" }] }',
      ...nginxFiles("$ADDRESS:80"),
    },
    // The image has only links such as /bin -> usr/bin and what nginx writes to; the other files come as volumes.
    prepare: `mount -t sysfs sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
for folder in /run /tmp /var/tmp; do mount -t tmpfs tmpfs "$folder"; done
mkdir -p /image/var/log/nginx /image/var/lib/nginx /image/run
cp --no-dereference /bin /sbin /lib /lib64 /image
tar -C /image -c . | podman --root /var/log/podman --storage-driver vfs import - image
${RUN}`,
    run: "sleep infinity",
    attempt: answersWith(401, '--user alice:wrong "http://$ADDRESS/private/"'),
    visit: answersWith(200, '--anyauth --user alice:right "http://$ADDRESS/private/"'),
    replace: `podman --root /var/log/podman --storage-driver vfs rm --force --time 0 web
${RUN}`,
    cleanUp: "podman --root /var/log/podman --storage-driver vfs rm --force --time 0 web",
  },
]);
