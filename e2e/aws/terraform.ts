import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { rewriteStack } from "./rewritten-stack";

// Stands before Terraform where cdktf starts it, and so between what cdktf has written and what Terraform reads.
if (existsSync("cdk.tf.json")) rewriteStack(process.cwd());
process.exitCode = spawnSync("terraform", process.argv.slice(2), { stdio: "inherit" }).status ?? 1;
