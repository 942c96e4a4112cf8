import { existsSync, readFileSync } from "node:fs";
import { SandboxError } from "../error";
import type { Folders } from "../folders";
import { runChild } from "./child";
import { platformFileOf, writeSandboxPlatform } from "./platform-file";
import { startSession } from "./session";

/**
 * Runs any command with the sandbox in the place of the real clouds.
 *
 * @returns the command's exit code
 * @throws when there is no such program
 */
export async function runAttached(folders: Folders, command: readonly [string, ...string[]]): Promise<number> {
  const session = await startSession(folders, `npm run sandbox -- run -- ${command.join(" ")}`);
  try {
    const platform = platformFileOf(folders);
    if (existsSync(platform)) writeSandboxPlatform(JSON.parse(readFileSync(platform, "utf8")), folders);
    return await runChild(command, { cwd: process.cwd(), env: session.environment, stdio: "inherit" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new SandboxError(`${command[0]} is not installed`);
  } finally {
    await session.close();
  }
}
