import { randomInt } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { findProgram } from "../../__tests__/support/program";
import { provideBaseImages, type RustImage } from "./base-images";
import { type BuildTools, buildTools } from "./buildkit";
import { debianPackage, installDebianPackages } from "./debian-packages";
import { go } from "./go-module";
import { Guard } from "./guard";
import { isolation, webPort } from "./isolation";
import type { Need } from "./needs";
import { run, runOrFail } from "./process";
import { ECR_HOST, Registry, registryConfiguration } from "./registry";
import { rust } from "./rust-toolchain";

/** What {@link startBuildMachine} can't do without. */
export const BUILD_MACHINE: readonly Need[] = [
  isolation,
  webPort,
  go,
  rust,
  debianPackage("runc"),
  debianPackage("docker-registry"),
  debianPackage("debootstrap"),
  debianPackage("zstd"),
];

/** Hosts of public images, of which the machine's registry has stand-ins. */
const MIRRORED_HOSTS = ["docker.io", "gcr.io"];

/** How long BuildKit and the registry may take to answer after their start. */
const START_SECONDS = 30;

/**
 * The life of BuildKit and the registry, in namespaces of processes and mounts of their own: only they see the hosts
 * file with ECR's name, and the kernel ends them, and all that builds have started, when the script ends. The order
 * "fresh" empties BuildKit's memory. What BuildKit keeps lies on the disk, or in so much of the machine's memory as
 * MEMORY says.
 */
const SCRIPT = `
inside='
cd "$FOLDER"
mount --bind hosts /etc/hosts
start() {
  mkdir -p state
  if [ -n "$MEMORY" ]; then mount -t tmpfs -o "size=$MEMORY" tmpfs state; fi
  "$BUILDKITD" --config buildkitd.toml >>buildkitd.log 2>&1 & buildkitd=$!
  echo started
}
stop() { kill $buildkitd; (sleep 10; kill -KILL $buildkitd) 2>/dev/null & wait $buildkitd; }
docker-registry serve registry.yaml >registry.log 2>&1 &
start
while read -r order; do
  stop
  if [ -n "$MEMORY" ]; then umount --recursive state; fi
  rm -rf state buildkitd.sock
  start
done
stop
'
unshare --mount --mount-proc --pid --fork --kill-child sh -c "$inside"
rm -rf --one-file-system "$FOLDER"
`;

/** How a machine is made. */
export interface MachineOptions {
  /**
   * The most that BuildKit's files may take of the machine's memory. Where builds are compared, the disk would decide
   * otherwise.
   *
   * @default they lie on the disk
   */
  readonly memory?: `${number}%`;
}

/** What is built, and what becomes of it. */
export interface BuildOptions {
  /** A folder that holds the Dockerfile, too. */
  readonly context: string;
  /** @default the last stage */
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** The reference under which it is pushed. */
  readonly image: string;
}

/** A machine that builds images with the very programs of production: BuildKit, buildx and a registry. */
export class BuildMachine {
  /** Holds everything; gone after the end. */
  readonly folder = mkdtempSync(join(tmpdir(), "drover-build-machine-"));
  /** Stands for ECR, Docker Hub and Google's registry. */
  readonly registry: Registry;
  /** What builds are started with: `docker buildx` speaks with this machine's BuildKit when it is asked for a remote one. */
  readonly env: NodeJS.ProcessEnv;
  private readonly guard: Guard;

  /**
   * @param tools the programs
   * @param ip a loopback address whose port 80 is free
   */
  constructor(
    private readonly tools: BuildTools,
    ip: string,
    options: MachineOptions = {},
  ) {
    this.registry = new Registry(`${ip}:80`, join(this.folder, "registry"), join(this.folder, "registry.log"));
    this.writeConfiguration(ip);
    this.installDocker();
    this.env = {
      ...process.env,
      PATH: [join(this.folder, "bin"), process.env.PATH].join(delimiter),
      BUILDKIT_HOST: this.address,
      BUILDX_CONFIG: join(this.folder, "buildx"),
      DOCKER_CONFIG: join(this.folder, "docker"),
    };
    // BuildKit leaves folders where temporary ones are made.
    const temporary = join(this.folder, "tmp");
    mkdirSync(temporary);
    this.guard = new Guard(SCRIPT, {
      ...process.env,
      FOLDER: this.folder,
      TMPDIR: temporary,
      MEMORY: options.memory ?? "",
      BUILDKITD: tools.buildkitd,
    });
  }

  /** Waits until a build can be started. */
  async ready(): Promise<void> {
    await this.guard.answer();
    await this.answering();
  }

  /** Forgets all that BuildKit has built and pulled: what comes next is a build on a fresh host. */
  async becomeFresh(): Promise<void> {
    await this.guard.order("fresh");
    await this.answering();
  }

  /** The reference of an image of the machine's registry, by its own address. */
  image(repository: string, tag: string): string {
    return `${this.registry.address}/${repository}:${tag}`;
  }

  /** Builds an image and pushes it. */
  async build({ context, target, buildArgs = {}, image }: BuildOptions): Promise<void> {
    const options = Object.entries(buildArgs).map(([name, value]) => `build-arg:${name}=${value}`);
    if (target !== undefined) options.push(`target=${target}`);
    await this.buildctl([
      ...["build", "--progress", "plain", "--frontend", "dockerfile.v0"],
      ...["--local", `context=${context}`, "--local", `dockerfile=${context}`],
      ...options.flatMap((option) => ["--opt", option]),
      ...["--output", `type=image,name=${image},push=true`],
    ]);
  }

  /** Does something in a folder that is gone afterwards. */
  async inFolder<T>(name: string, action: (folder: string) => Promise<T>): Promise<T> {
    const folder = mkdtempSync(join(this.folder, `${name}-`));
    try {
      return await action(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** What BuildKit has said, for a look after a failure. */
  log(): string {
    return readFileSync(join(this.folder, "buildkitd.log"), "utf8");
  }

  /** Ends everything and removes the folder; happens by itself when the test dies. */
  async stop(): Promise<void> {
    await this.guard.end();
  }

  private get address(): string {
    return `unix://${join(this.folder, "buildkitd.sock")}`;
  }

  private async buildctl(args: readonly string[]): Promise<void> {
    await runOrFail(this.tools.buildctl, ["--addr", this.address, ...args], { minutes: 30 });
  }

  private async answering(): Promise<void> {
    const deadline = Date.now() + START_SECONDS * 1000;
    while (!(await this.answers())) {
      if (Date.now() < deadline) await delay(100);
      else throw new Error(`the build machine does not answer after ${START_SECONDS} s:\n${this.log().slice(-4000)}`);
    }
  }

  private async answers(): Promise<boolean> {
    const registry = await fetch(`http://${this.registry.address}/v2/`).then(
      (response) => response.ok,
      () => false,
    );
    return registry && (await run(this.tools.buildctl, ["--addr", this.address, "debug", "workers"])).code === 0;
  }

  private writeConfiguration(ip: string): void {
    const write = (name: string, content: string) => writeFileSync(join(this.folder, name), content);
    write("hosts", `${readFileSync("/etc/hosts", "utf8")}\n${ip} ${ECR_HOST}\n`);
    write("registry.yaml", registryConfiguration(this.registry.address, join(this.folder, "registry")));
    write("buildkitd.toml", buildkitConfiguration(this.registry.address, this.folder));
    // Read before the first request and the first message.
    write("registry.log", "");
    write("buildkitd.log", "");
  }

  /** A `docker` with buildx that needs no engine. */
  private installDocker(): void {
    const plugins = join(this.folder, "docker/cli-plugins");
    mkdirSync(plugins, { recursive: true });
    symlinkSync(this.tools.buildx, join(plugins, "docker-buildx"));
    mkdirSync(join(this.folder, "bin"));
    const docker = join(this.folder, "bin/docker");
    writeFileSync(docker, dockerScript(this.tools.buildx, findProgram("docker")));
    chmodSync(docker, 0o755);
  }
}

/** Starts a machine whose registry has the stand-ins of all public base images. */
export async function startBuildMachine(options?: MachineOptions): Promise<{ machine: BuildMachine; rust: RustImage }> {
  const { machine, provided } = await startMachineWith(provideBaseImages, options);
  return { machine, rust: provided };
}

/** Starts a machine, and fills its registry. */
export async function startMachineWith<Provided>(
  provide: (machine: BuildMachine) => Promise<Provided>,
  options?: MachineOptions,
): Promise<{ machine: BuildMachine; provided: Provided }> {
  await installDebianPackages(["runc", "docker-registry", "debootstrap", "zstd"]);
  const machine = new BuildMachine(await buildTools(), await freeAddress(), options);
  try {
    await machine.ready();
    return { machine, provided: await provide(machine) };
  } catch (error) {
    await machine.stop();
    throw error;
  }
}

/** Mirrors are for pulling only, so ECR's name leads to the registry by the hosts file. */
function buildkitConfiguration(registry: string, folder: string): string {
  const mirrors = MIRRORED_HOSTS.map((host) => `[registry."${host}"]\n  mirrors = ["${registry}"]\n`);
  const plain = [ECR_HOST, registry].map((host) => `[registry."${host}"]\n  http = true\n`);
  return `root = "${folder}/state"
[grpc]
  address = ["unix://${folder}/buildkitd.sock"]
[worker.oci]
  enabled = true
  snapshotter = "overlayfs"
  networkMode = "host"
  gc = false
[worker.containerd]
  enabled = false
${[...mirrors, ...plain].join("")}`;
}

/** ECR is not asked about a password, which is kept as the real client keeps it; the rest is the real client's. */
function dockerScript(buildx: string, docker: string | undefined): string {
  const other = docker ? `exec "${docker}" "$@"` : `echo "Cannot connect to the Docker daemon" >&2; exit 1`;
  return `#!/bin/sh
set -eu
case "\${1-}" in
  buildx) shift; exec "${buildx}" "$@" ;;
  login)
    user=AWS
    while [ $# -gt 1 ]; do
      case "$1" in -u|--username) user=$2; shift ;; --username=*) user=\${1#*=} ;; esac
      shift
    done
    mkdir -p "$DOCKER_CONFIG"
    auth=$(printf '%s:%s' "$user" "$(cat)" | base64 -w 0)
    printf '{"auths":{"%s":{"auth":"%s"}}}\\n' "\${1#https://}" "$auth" > "$DOCKER_CONFIG/config.json"
    echo "Login Succeeded" ;;
  *) ${other} ;;
esac
`;
}

/** A loopback address of the machine's own, as ECR's name has no port. */
async function freeAddress(): Promise<string> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const ip = `127.${randomInt(64, 128)}.${randomInt(256)}.${randomInt(1, 255)}`;
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(80, ip, () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return ip;
  }
  throw new Error("port 80 is taken on every loopback address: stop what listens on it");
}
