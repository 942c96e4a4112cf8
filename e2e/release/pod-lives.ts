import { type ChildProcess, spawn } from "node:child_process";
import type { Cluster } from "../tools/cluster";

/** From when to when a pod's container ran, in seconds since 1970 as the kubelet noted it. */
export interface PodLife {
  readonly pod: string;
  readonly start: number;
  /** Absent: it still runs, or nobody saw its end. */
  readonly end?: number;
}

const STATE = "{.status.containerStatuses[0].state";
const LINE = `{.metadata.name},${STATE}.running.startedAt},${STATE}.terminated.startedAt},${STATE}.terminated.finishedAt}{"\\n"}`;

/** The lives of a process's pods, those that are gone included. */
export class PodLives {
  private readonly watch: ChildProcess;
  private seen = "";

  constructor(cluster: Cluster, namespace: string, process: string) {
    const selector = ["--namespace", namespace, "--selector", `app.kubernetes.io/component=${process}`];
    const args = ["get", "pods", ...selector, "--watch", "--output", `jsonpath=${LINE}`];
    this.watch = spawn("kubectl", ["--kubeconfig", cluster.kubeconfig, ...args], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.watch.stdout?.on("data", (data: Buffer) => {
      this.seen += data;
    });
  }

  /** All lives so far, in the order in which they began. */
  lives(): PodLife[] {
    const lives = new Map<string, PodLife>();
    for (const line of this.seen.split("\n").slice(0, -1)) {
      const [pod = "", running = "", started = running, finished = ""] = line.split(",");
      const start = seconds(started || running);
      if (Number.isNaN(start)) continue;
      lives.set(pod, { pod, start, ...(finished !== "" && { end: seconds(finished) }) });
    }
    return [...lives.values()].sort((a, b) => a.start - b.start);
  }

  /** Ends the watch. */
  stop(): void {
    this.watch.kill();
  }
}

function seconds(time: string): number {
  return Date.parse(time) / 1000;
}
