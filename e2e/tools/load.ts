import { Agent, request } from "node:http";

/** What a load consists of. */
export interface LoadOptions {
  /** Where connections go to: an address of this machine, or of a cluster on it. */
  readonly address: string;
  /** @default 80 */
  readonly port?: number;
  /** What requests say as their Host. @default the address */
  readonly host?: string;
  /** @default "/" */
  readonly path?: string;
  /** Requests per second, however long the answers take. @default 100 */
  readonly rate?: number;
  /** Whether connections are kept for the next request, or each request opens one. @default "kept" */
  readonly connections?: "kept" | "fresh";
  /** Seconds after which a request without an answer has failed. @default 15 */
  readonly timeout?: number;
  /** Seconds after which it ends by itself: longer than any test looks on. @default 900 */
  readonly atMost?: number;
}

/** What has become of a load. */
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** How many failed, by kind: a status such as "502" with what was said, or an error such as "ECONNRESET". */
  readonly failures: Readonly<Record<string, number>>;
  /** Milliseconds from a request to the end of its answer. */
  readonly milliseconds: { readonly median: number; readonly p99: number; readonly most: number };
}

/** Characters of a failed answer that are kept. */
const MOST_SAID = 200;

/** How often requests are sent. */
const TICK_MILLISECONDS = 10;

/** Requests to one address, a steady number each second, from now until {@link stop}. */
export class Load {
  private readonly started = Date.now();
  private readonly agent: Agent | undefined;
  private readonly timer: NodeJS.Timeout;
  private readonly durations: number[] = [];
  private readonly failures: Record<string, number> = {};
  private readonly underWay = new Set<Promise<void>>();
  private sent = 0;

  constructor(private readonly options: LoadOptions) {
    this.agent = options.connections === "fresh" ? undefined : new Agent({ keepAlive: true });
    this.timer = setInterval(() => this.tick(), TICK_MILLISECONDS);
  }

  /** Sends no more, waits for the answers that are due, and tells what has become of all requests. */
  async stop(): Promise<LoadResult> {
    clearInterval(this.timer);
    const seconds = this.seconds();
    await Promise.all(this.underWay);
    this.agent?.destroy();
    const sorted = this.durations.sort((a, b) => a - b);
    const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
    return {
      requests: this.sent,
      seconds,
      failures: this.failures,
      milliseconds: { median: at(0.5), p99: at(0.99), most: at(1) },
    };
  }

  /** Catches up with what is due: a timer is late when the machine is busy. */
  private tick(): void {
    const { rate = 100, atMost = 900 } = this.options;
    const seconds = this.seconds();
    if (seconds > atMost) {
      clearInterval(this.timer);
      return;
    }
    for (; this.sent < seconds * rate; this.sent++) {
      const sending = this.send().finally(() => this.underWay.delete(sending));
      this.underWay.add(sending);
    }
  }

  private async send(): Promise<void> {
    const started = performance.now();
    const failure = await this.answer().catch((error: NodeJS.ErrnoException) => error.code ?? error.message);
    this.durations.push(performance.now() - started);
    if (failure !== undefined) this.failures[failure] = (this.failures[failure] ?? 0) + 1;
  }

  /** The kind of failure, or nothing when a whole answer has come that is none. */
  private answer(): Promise<string | undefined> {
    const { address, port = 80, host = address, path = "/", timeout = 15 } = this.options;
    const options = { host: address, port, path, headers: { host }, agent: this.agent ?? false };
    return new Promise((resolve, reject) => {
      const sent = request(options, (response) => {
        response.on("error", reject);
        let said = "";
        response.on("data", (data) => {
          if (said.length < MOST_SAID) said += data;
        });
        response.on("end", () => {
          if (response.statusCode! < 400) return resolve(undefined);
          resolve([response.statusCode, said.trim().slice(0, MOST_SAID)].filter(Boolean).join(": "));
        });
      });
      sent.setTimeout(timeout * 1000, () => sent.destroy(new Error("timeout")));
      sent.on("error", reject);
      sent.end();
    });
  }

  private seconds(): number {
    return (Date.now() - this.started) / 1000;
  }
}

/** A load's figures in a line. */
export function describeLoad({ requests, seconds, failures, milliseconds }: LoadResult): string {
  const failed = Object.entries(failures).map(([kind, count]) => `${count} × ${kind}`);
  const { median, p99, most } = milliseconds;
  return [
    `${requests} requests in ${seconds.toFixed(1)} s (${Math.round(requests / seconds)} a second)`,
    `median ${median} ms, 99th percentile ${p99} ms, at most ${most} ms`,
    failed.length === 0 ? "none failed" : `failed: ${failed.join(", ")}`,
  ].join("; ");
}
