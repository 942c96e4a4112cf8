import { type ChildProcess, spawn } from "node:child_process";
import { createInterface, type Interface } from "node:readline";

/**
 * A shell script that lives no longer than this process, however that ends.
 *
 * It takes orders, a line each, on its standard input, and has to end when that ends: the kernel closes it when this
 * process dies. It answers each order, and its own start, with a line.
 */
export class Guard {
  /** The exit code, or null when a signal ended it. */
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;
  private readonly lines: Interface;

  constructor(script: string, env: NodeJS.ProcessEnv) {
    // A group of its own: an interrupt from the keyboard is this process's to handle, the script cleans up after it.
    this.child = spawn("sh", ["-c", script], { env, stdio: ["pipe", "pipe", "inherit"], detached: true });
    this.lines = createInterface({ input: this.child.stdout! });
    this.ended = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("close", resolve);
    });
    // The script may be gone when the last order comes; whoever waits for the answer is told.
    this.child.stdin!.on("error", () => {});
  }

  /** Waits for the next answer. */
  answer(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.lines.once("line", resolve);
      this.ended.then((code) => reject(new Error(`the guarded script ended with exit code ${code}`)), reject);
    });
  }

  /** Gives an order, and waits for its answer. */
  order(line: string): Promise<string> {
    const answer = this.answer();
    this.child.stdin!.write(`${line}\n`);
    return answer;
  }

  /** Gives an order that has no answer. */
  send(line: string): void {
    this.child.stdin!.write(`${line}\n`);
  }

  /** Ends the script's input, and waits until it is gone. */
  end(): Promise<number | null> {
    this.child.stdin!.end();
    return this.ended;
  }
}
