import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { foldersOf } from "../../sandbox/folders";
import { holderOf, takeLock } from "../../sandbox/run/lock";
import { temporaryFolder } from "../support/folder";

let folders = foldersOf("/");
beforeEach(() => {
  folders = foldersOf(temporaryFolder());
});

/** A process that is alive until it is told to end. */
function bystander() {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("close", resolve));
  return {
    pid: child.pid as number,
    end: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

it("is held by one at a time; the next one is told by whom and since when", async () => {
  const release = await takeLock(folders, "npm start");
  expect(holderOf(folders)).toMatchObject({ pid: process.pid, command: "npm start" });
  await expect(takeLock(folders, "reset", 300)).rejects.toThrow(
    new RegExp(`the sandbox is in use: \`npm start\` \\(process ${process.pid}\\) holds it since \\d\\d:\\d\\d:\\d\\d`),
  );
  await release();
  expect(existsSync(folders.lock)).toBe(false);
  await (await takeLock(folders, "reset", 0))();
});

it("is waited for", async () => {
  const release = await takeLock(folders, "npm start");
  const second = takeLock(folders, "reset", 5000);
  await release();
  await (await second)();
});

it("is given to one of many who want it at once", async () => {
  const tries = Array.from({ length: 8 }, (_, index) => takeLock(folders, `run ${index}`, 0));
  const results = await Promise.allSettled(tries);
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

it("is taken over from whoever was killed", async () => {
  const { pid, end } = bystander();
  mkdirSync(folders.root, { recursive: true });
  writeFileSync(folders.lock, JSON.stringify({ pid, began: beginOf(pid), command: "npm start", since: SINCE }));
  await expect(takeLock(folders, "reset", 0)).rejects.toThrow(`process ${pid}`);
  await end();
  await (await takeLock(folders, "reset", 0))();
});

it("is taken over when the number of the process belongs to another one by now", async () => {
  const { pid, end } = bystander();
  mkdirSync(folders.root, { recursive: true });
  writeFileSync(folders.lock, JSON.stringify({ pid, began: "long ago", command: "npm start", since: SINCE }));
  await (await takeLock(folders, "reset", 0))();
  await end();
});

it("is taken over when its file was not finished", async () => {
  mkdirSync(folders.root, { recursive: true });
  writeFileSync(folders.lock, '{"pid":');
  await (await takeLock(folders, "reset", 0))();
});

const SINCE = "2026-11-21T10:00:00.000Z";

/** When a process began, where the system tells. */
function beginOf(pid: number): string | undefined {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) ? readFileSync(file, "utf8").split(") ").at(-1)?.split(" ")[19] : undefined;
}
