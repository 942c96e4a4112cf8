import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** The token that pods show to the agent. */
export const TOKEN = "token-of-the-pod";

/** EKS's agent, which gives a pod the credentials of its role. */
export interface PodIdentityAgent {
  /** What the agent's webhook puts into a pod's environment, but for the token's file. */
  readonly env: Readonly<Record<string, string>>;
  /** How often it has given credentials. */
  readonly given: () => number;
  readonly stop: () => void;
}

/**
 * Starts an agent on loopback.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html
 */
export async function startPodIdentityAgent(): Promise<PodIdentityAgent> {
  let given = 0;
  const server = createServer((request, response) => {
    const isPod = request.url === "/v1/credentials" && request.headers.authorization === TOKEN;
    if (isPod) given += 1;
    response.writeHead(isPod ? 200 : 401, { "content-type": "application/json" });
    response.end(JSON.stringify(isPod ? credentials() : {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/v1/credentials` },
    given: () => given,
    stop: () => void server.close(),
  };
}

function credentials(): object {
  return {
    AccessKeyId: "ASIATEST",
    SecretAccessKey: "secret",
    Token: "session",
    Expiration: new Date(Date.now() + 3_600_000).toISOString(),
  };
}
