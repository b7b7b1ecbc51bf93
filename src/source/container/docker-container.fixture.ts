/** Writes the files in which Docker describes a container, as Docker 20.10.24 wrote them for a real one. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface DockerContainer {
  /** One hexadecimal digit: the identifier is 64 of them. */
  readonly digit: string;
  readonly name: string;
  readonly image?: string;
  readonly driver?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly isRunning?: boolean;
  readonly hasStarted?: boolean;
  /** As in `NetworkSettings.Ports`. */
  readonly ports?: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[] | null>>;
  /** Default: the container's file in its folder, for the driver json-file. */
  readonly logPath?: string;
}

/** Returns the container's folder. */
export function writeDockerContainer(root: string, container: DockerContainer): string {
  const { digit, name, image = "example:1.2", driver = "json-file" } = container;
  const { labels = {}, isRunning = true, hasStarted = true } = container;
  const id = digit.repeat(64);
  const folder = join(root, "containers", id);
  const written = driver === "json-file" && hasStarted ? join(folder, `${id}-json.log`) : "";
  const config = {
    ...CONFIG,
    ID: id,
    Name: `/${name}`,
    State: { ...CONFIG.State, Running: isRunning },
    Config: { ...CONFIG.Config, Image: image, Labels: labels },
    NetworkSettings: { ...CONFIG.NetworkSettings, Ports: container.ports ?? {} },
    LogPath: container.logPath ?? written,
    HasBeenStartedBefore: hasStarted,
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.v2.json"), JSON.stringify(config));
  const host = { ...HOST_CONFIG, LogConfig: { Type: driver, Config: {} } };
  writeFileSync(join(folder, "hostconfig.json"), JSON.stringify(host));
  return folder;
}

const CONFIG = {
  StreamConfig: {},
  State: {
    Running: true,
    Paused: false,
    Restarting: false,
    OOMKilled: false,
    RemovalInProgress: false,
    Dead: false,
    Pid: 156,
    ExitCode: 0,
    Error: "",
    StartedAt: "2026-12-01T00:19:22.526879552Z",
    FinishedAt: "0001-01-01T00:00:00Z",
    Health: null,
  },
  ID: "ab11901e26c7c5276a21c26cf329785a017daaa536dfb4d9ffbc40489b88cdcf",
  Created: "2026-12-01T00:19:22.30404092Z",
  Managed: false,
  Path: "sh",
  Args: ["-c", "while :; do echo hi; sleep 1; done"],
  Config: {
    Hostname: "vm",
    Domainname: "",
    User: "",
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: null,
    Cmd: ["sh", "-c", "while :; do echo hi; sleep 1; done"],
    Image: "image/web:1.2",
    Volumes: null,
    WorkingDir: "",
    Entrypoint: null,
    OnBuild: null,
    Labels: {
      "bailiff.service": "nginx",
    },
  },
  Image: "sha256:4b2f1bb228fb344ccd0128ada1e0c39d8a4905019878f4e8196a9d04e531b486",
  NetworkSettings: {
    Bridge: "",
    SandboxKey: "/var/run/docker/netns/default",
    Ports: {},
  },
  LogPath:
    "/var/lib/docker/containers/ab11901e26c7c5276a21c26cf329785a017daaa536dfb4d9ffbc40489b88cdcf/ab11901e26c7c5276a21c26cf329785a017daaa536dfb4d9ffbc40489b88cdcf-json.log",
  Name: "/web",
  Driver: "vfs",
  OS: "linux",
  MountLabel: "",
  ProcessLabel: "",
  RestartCount: 0,
  HasBeenStartedBefore: true,
  HasBeenManuallyStopped: false,
  MountPoints: {
    "/usr": {
      Source: "/usr",
      Destination: "/usr",
      RW: false,
      Name: "",
      Driver: "",
      Type: "bind",
      Relabel: "ro",
      Propagation: "rprivate",
      Spec: {
        Type: "bind",
        Source: "/usr",
        Target: "/usr",
        ReadOnly: true,
      },
      SkipMountpointCreation: false,
    },
  },
  SecretReferences: null,
  ConfigReferences: null,
  AppArmorProfile: "",
  HostnamePath:
    "/var/lib/docker/containers/ab11901e26c7c5276a21c26cf329785a017daaa536dfb4d9ffbc40489b88cdcf/hostname",
  HostsPath:
    "/var/lib/docker/containers/ab11901e26c7c5276a21c26cf329785a017daaa536dfb4d9ffbc40489b88cdcf/hosts",
  ShmPath: "",
  ResolvConfPath:
    "/var/lib/docker/containers/ab11901e26c7c5276a21c26cf329785a017daaa536dfb4d9ffbc40489b88cdcf/resolv.conf",
  SeccompProfile: "",
  NoNewPrivileges: false,
  LocalLogCacheMeta: {
    HaveNotifyEnabled: false,
  },
};

const HOST_CONFIG = {
  Binds: ["/usr:/usr:ro"],
  LogConfig: {
    Type: "json-file",
    Config: {},
  },
  NetworkMode: "host",
  PortBindings: {},
  RestartPolicy: {
    Name: "no",
    MaximumRetryCount: 0,
  },
  AutoRemove: false,
};
