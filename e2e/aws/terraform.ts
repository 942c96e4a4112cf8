import { spawn } from "node:child_process";
import { appendFileSync, existsSync } from "node:fs";
import { rewriteStack } from "./rewritten-stack";

// Stands before Terraform where cdktf starts it, and so between what cdktf has written and what Terraform reads. What it
// says goes to a file, too: cdktf cuts it into pieces, wherever they happen to end.
if (existsSync("cdk.tf.json")) rewriteStack(process.cwd());
const log = process.env.TERRAFORM_SAID ?? "/dev/null";
const child = spawn("terraform", process.argv.slice(2), { stdio: ["inherit", "pipe", "pipe"] });
for (const [from, to] of [
  [child.stdout, process.stdout],
  [child.stderr, process.stderr],
] as const) {
  from.on("data", (data: Buffer) => {
    appendFileSync(log, data);
    to.write(data);
  });
}
child.on("close", (code) => {
  process.exitCode = code ?? 1;
});
