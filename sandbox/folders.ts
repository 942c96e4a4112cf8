import { dirname, join, resolve } from "node:path";

/** The folder of this package; `__dirname` would be that of the program that this code was bundled into. */
export function packageFolder(): string {
  return dirname(require.resolve("@drover/sandbox/package.json"));
}

/** Where the sandbox keeps what it owns. Nothing outside of this folder is ever written. */
export interface Folders {
  /** The fleet's own folder, which holds `apps.json`. */
  readonly project: string;
  readonly root: string;
  /** One line for each change of the cloud. */
  readonly objects: string;
  /** What the stacks are synthesized into, and where Terraform runs. */
  readonly output: string;
  readonly state: string;
  /** The platform file that stands in for the project's own. */
  readonly platform: string;
  /** The stacks' outputs after the last run. */
  readonly outputs: string;
  /** What Terraform said in the last run: one file of JSON lines for each stack. */
  readonly logs: string;
  /** What cdktf said in the last run. */
  readonly log: string;
  /** Stands before Terraform in a run. */
  readonly wrapper: string;
  /** While this file is there, no further stack is started. */
  readonly stop: string;
  /** Stands in for the user's home, which may hold credentials. */
  readonly home: string;
  readonly terraformConfig: string;
  readonly kubeconfig: string;
  /** Address of the cluster that the states are of; missing where Kubernetes' objects are in the file of objects. */
  readonly cluster: string;
  readonly lock: string;
}

/** The sandbox's places below a fleet's folder. */
export function foldersOf(project: string): Folders {
  const root = join(resolve(project), ".sandbox");
  return {
    project: resolve(project),
    root,
    objects: join(root, "objects.jsonl"),
    output: join(root, "cdktf.out"),
    state: join(root, "state"),
    platform: join(root, "platform.json"),
    outputs: join(root, "outputs.json"),
    logs: join(root, "logs"),
    log: join(root, "cdktf.log"),
    wrapper: join(root, "terraform.sh"),
    stop: join(root, "stop"),
    home: join(root, "home"),
    terraformConfig: join(root, "terraform.tfrc"),
    kubeconfig: join(root, "kubeconfig"),
    cluster: join(root, "cluster"),
    lock: join(root, "lock"),
  };
}
