import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import type { Cluster, KubernetesObject } from "../tools/cluster";
import type { RunResult } from "../tools/process";

/** What is known of a pod that is gone. */
export interface PodEnd {
  /** What its container has said since it is watched. */
  readonly log: string;
  readonly exitCode: number;
}

/** Seconds from the end of a container until the cluster knows its exit code. */
const KNOWN_SECONDS = 30;

const EXIT_CODE = "{.status.containerStatuses[0].state.terminated.exitCode}";

/** A pod that is about to go: afterwards nobody could ask the cluster what became of it. */
export class WatchedPod {
  private readonly log: Promise<RunResult>;
  private readonly watch: ChildProcess;
  private exitCodes = "";

  constructor(cluster: Cluster, { metadata: { name, namespace = "default" } }: KubernetesObject) {
    const place = [name, "--namespace", namespace];
    this.log = cluster.tryKubectl("logs", ...place, "--follow");
    const watch = ["get", "pod", ...place, "--watch", "--output", `jsonpath=${EXIT_CODE} `];
    this.watch = spawn("kubectl", ["--kubeconfig", cluster.kubeconfig, ...watch], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.watch.stdout?.on("data", (data: Buffer) => {
      this.exitCodes += data;
    });
  }

  /** Waits until its container has ended. */
  async end(): Promise<PodEnd> {
    const { output } = await this.log;
    const deadline = Date.now() + KNOWN_SECONDS * 1000;
    while (this.exitCodes.trim() === "" && Date.now() < deadline) await delay(100);
    this.watch.kill();
    return { log: output, exitCode: Number.parseInt(this.exitCodes.trim(), 10) };
  }
}
