import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Guard } from "./guard";
import { type RunResult, run } from "./process";
import type { ImageConfig } from "./registry";

/** How an image is run, as a pod's container says it. */
export interface RunImageOptions {
  /** Instead of the image's entry point. @default that of the image */
  readonly command?: readonly string[];
  /** Instead of the image's arguments. @default those of the image, where the entry point is the image's, too */
  readonly args?: readonly string[];
  /** Besides the image's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folders of this machine, by the path at which they are volumes. */
  readonly volumes?: Readonly<Record<string, string>>;
}

/** Seconds between the request to end and the kill. */
const GRACE_SECONDS = 10;

/**
 * Runs a container until it ends, or until there is nobody left who gives orders: a signal's name, each. In that case
 * nobody will look at what it has printed, either.
 */
const SCRIPT = `
exec 3<&0
runc --root "$BUNDLE/state" run --bundle "$BUNDLE" "$NAME" >"$BUNDLE/output" 2>&1 3<&- & container=$!
{
  while read -r signal; do runc --root "$BUNDLE/state" kill "$NAME" "$signal"; done
  trap "" TERM
  runc --root "$BUNDLE/state" kill "$NAME" KILL
  sleep 1
  rm -rf "$BUNDLE"
} <&3 >/dev/null 2>&1 & orders=$!
echo started
wait $container; code=$?
kill $orders 2>/dev/null
exit $code
`;

/**
 * A container as a cluster would run it under the restricted Pod Security Standard: the image's user, which must not be
 * root, a root file system that is read-only, an empty /tmp, no capability. Its network is the machine's, so that it can
 * be asked over loopback.
 */
export class RunningImage {
  /** The exit code; 128 and more when a signal ended it. */
  readonly ended: Promise<number | null>;
  private readonly bundle: string;
  private readonly name: string;
  private readonly guard: Guard;

  /**
   * @param root the image's unpacked files, which stay as they are but for the mount points that are missing
   * @param config the image's configuration
   */
  constructor(root: string, config: ImageConfig, options: RunImageOptions = {}) {
    const runtime = JSON.stringify(runtimeConfig(root, config, options));
    this.bundle = mkdtempSync(join(tmpdir(), "drover-container-"));
    this.name = basename(this.bundle);
    mkdirSync(join(this.bundle, "state"));
    writeFileSync(join(this.bundle, "output"), "");
    writeFileSync(join(this.bundle, "config.json"), runtime);
    this.guard = new Guard(SCRIPT, { ...process.env, BUNDLE: this.bundle, NAME: this.name });
    this.ended = this.guard.ended;
  }

  /** All that it has printed. */
  output(): string {
    return readFileSync(join(this.bundle, "output"), "utf8");
  }

  /** Runs a program inside, as a pod's hooks do. */
  exec(...command: string[]): Promise<RunResult> {
    return run("runc", ["--root", join(this.bundle, "state"), "exec", this.name, ...command]);
  }

  /** Waits until it answers, with whatever status; fails with its output when it ends or takes too long. */
  async answering(url: string, seconds = 20): Promise<Response> {
    let code: number | null | undefined;
    void this.ended.then((ended) => {
      code = ended;
    });
    const deadline = Date.now() + seconds * 1000;
    while (code === undefined && Date.now() < deadline) {
      const response = await fetch(url).catch(() => undefined);
      if (response !== undefined) return response;
      await delay(50);
    }
    const why = code === undefined ? `does not answer after ${seconds} s` : `ended with exit code ${code}`;
    throw new Error(`the image ${why}:\n${this.output()}`);
  }

  /** Asks it to end, kills it when it doesn't, and returns its exit code; its output is gone then. */
  async stop(): Promise<number | null> {
    this.guard.send("TERM");
    const kill = setTimeout(() => this.guard.send("KILL"), GRACE_SECONDS * 1000);
    const code = await this.ended;
    clearTimeout(kill);
    rmSync(this.bundle, { recursive: true, force: true });
    return code;
  }
}

/** @see https://github.com/opencontainers/runtime-spec/blob/main/config.md */
function runtimeConfig(root: string, image: ImageConfig, options: RunImageOptions): object {
  const command = options.command ?? image.Entrypoint ?? [];
  const args = options.args ?? (options.command === undefined ? (image.Cmd ?? []) : []);
  const env = Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`);
  const readOnly = ["bind", "ro", "nosuid", "nodev"];
  const volumes = Object.entries(options.volumes ?? {}).map(([destination, source]) => {
    return { destination, type: "bind", source, options: ["bind", "nosuid", "nodev"] };
  });
  return {
    ociVersion: "1.0.2",
    process: {
      user: userOf(image),
      args: [...command, ...args],
      env: [...(image.Env ?? []), ...env],
      cwd: image.WorkingDir || "/",
      noNewPrivileges: true,
      capabilities: {},
    },
    root: { path: root, readonly: true },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755"] },
      { destination: "/dev/shm", type: "tmpfs", source: "shm", options: ["nosuid", "noexec", "nodev", "mode=1777"] },
      { destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev", "mode=1777"] },
      { destination: "/etc/hosts", type: "bind", source: "/etc/hosts", options: readOnly },
      { destination: "/etc/resolv.conf", type: "bind", source: "/etc/resolv.conf", options: readOnly },
      ...volumes,
    ],
    linux: { namespaces: ["pid", "mount", "ipc", "uts"].map((type) => ({ type })) },
  };
}

/** As a kubelet sees to `runAsNonRoot`: a name could be anybody's. */
function userOf({ User = "" }: ImageConfig): { uid: number; gid: number } {
  const [uid = "", gid = uid] = User.split(":");
  if (!/^[1-9]\d*$/.test(uid) || !/^\d+$/.test(gid)) {
    throw new Error(`the image's user is "${User}": a cluster runs only images whose user is a number, and not 0`);
  }
  return { uid: Number(uid), gid: Number(gid) };
}
