import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../tools/free-port";
import { motoCommand } from "../tools/moto";

/** How long moto may take to start; it loads a good part of AWS. */
const START_SECONDS = 60;

/** How much of moto's log is shown when it fails. */
const LOG_CHARACTERS = 4000;

/** A running moto. */
export interface Moto {
  readonly url: string;
  readonly stop: () => void;
}

/** Starts moto, empty, on a port that is free. */
export async function startMoto(): Promise<Moto> {
  const { program, args, env } = await motoCommand();
  const port = await freePort();
  const child = spawn(program, [...args, "-H", "127.0.0.1", "-p", String(port)], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const url = `http://127.0.0.1:${port}`;
  await answering(child, url);
  return { url, stop: () => void child.kill() };
}

/** Waits until moto answers; fails with its log when it ends before, or takes too long. */
async function answering(child: ChildProcess, url: string): Promise<void> {
  let log = "";
  const keep = (data: unknown) => {
    log = (log + data).slice(-LOG_CHARACTERS);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  let failure: string | undefined;
  child.once("error", ({ message }) => {
    failure = message;
  });
  child.once("exit", (code) => {
    failure ??= `it ended with exit code ${code}`;
  });

  const deadline = Date.now() + START_SECONDS * 1000;
  while (!(await answers(`${url}/moto-api/`))) {
    if (Date.now() > deadline) failure ??= `it does not answer after ${START_SECONDS} s`;
    if (failure !== undefined) {
      child.kill();
      throw new Error(`moto can't be started: ${failure}\n${log}`);
    }
    await delay(100);
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}
