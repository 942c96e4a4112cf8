import { bucketPolicies } from "./bucket-policies";
import { budgets } from "./budgets";
import { codeConnections } from "./code-connections";
import { codeBuild } from "./codebuild";
import { startMoto } from "./moto";
import { startProxy } from "./proxy";
import { serviceQuotas } from "./service-quotas";
import { slowIam } from "./slow-iam";

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
  const moto = await startMoto();
  const { watch, findRole } = slowIam(moto.url, iamPropagationSeconds);
  const proxy = await startProxy(moto.url, {
    services: [codeBuild(findRole), codeConnections(), budgets(), serviceQuotas()],
    routes: [bucketPolicies()],
    watch,
  });
  return {
    url: proxy.url,
    stop: () => {
      proxy.close();
      moto.stop();
    },
  };
}
