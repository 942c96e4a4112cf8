import { spawn } from "node:child_process";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { motoCommand } from "../tools/moto";
import { AwsError, authorization, type Json } from "./api";
import { bucketPolicies } from "./bucket-policies";
import { budgets } from "./budgets";
import { codeBuild } from "./codebuild";
import { startProxy } from "./proxy";
import { slowIam } from "./slow-iam";

/** How long moto may take to start; it loads a good part of AWS. */
const START_SECONDS = 60;

/** An emulated AWS: moto, and before it the proxy that fills its gaps. */
export interface Emulator {
  /** What AWS_ENDPOINT_URL has to be. */
  readonly url: string;
  readonly stop: () => void;
}

/**
 * Starts an emulated AWS, empty, on ports that are free.
 * @param iamPropagationSeconds how long a role's policy takes to reach CodeBuild
 */
export async function startEmulator(iamPropagationSeconds = 0): Promise<Emulator> {
  const { program, args, env } = await motoCommand();
  const port = await freePort();
  const moto = spawn(program, [...args, "-H", "127.0.0.1", "-p", String(port)], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [moto.stdout, moto.stderr]) stream.on("data", (data) => (log = (log + data).slice(-4000)));
  let failure: Error | undefined;
  moto.once("error", (error) => (failure = error));
  moto.once("exit", (code) => (failure ??= new Error(`${program} ended with exit code ${code}:\n${log}`)));

  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + START_SECONDS * 1000;
  while (!(await answers(`${url}/moto-api/`))) {
    if (Date.now() > deadline) {
      moto.kill();
      failure ??= new Error(`${program} does not answer after ${START_SECONDS} s:\n${log}`);
    }
    if (failure !== undefined) throw failure;
    await delay(100);
  }
  const { watch, findRole } = slowIam(url, iamPropagationSeconds);
  const proxy = await startProxy(url, {
    services: [codeBuild(findRole), budgets()],
    routes: [bucketPolicies()],
    watch,
  });
  return {
    url: proxy.url,
    stop: () => {
      proxy.close();
      moto.kill();
    },
  };
}

/**
 * Calls an operation of a service that speaks JSON.
 * @param target the service and the operation, as in the `x-amz-target` header
 * @param service the service's name in a request's signature
 */
export async function call(endpoint: string, service: string, target: string, input: Json): Promise<Json> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      authorization: authorization(service),
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": target,
    },
    body: JSON.stringify(input),
  });
  const answer = (await response.json()) as Json;
  if (response.ok) return answer;
  throw new AwsError(answer.__type, answer.message, response.status);
}

/** Sends a request to S3 and returns the body; buckets are in the path. */
export async function s3(endpoint: string, method: string, path: string, body?: string): Promise<string> {
  const response = await fetch(`${endpoint}${path}`, { method, headers: { authorization: authorization("s3") }, body });
  const answer = await response.text();
  if (response.ok) return answer;
  throw new AwsError(/<Code>([^<]*)/.exec(answer)?.[1] ?? "InternalFailure", answer, response.status);
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
