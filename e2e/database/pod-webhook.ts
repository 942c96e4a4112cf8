import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { certificateOf } from "../tools/certificate";
import type { Cluster } from "../tools/cluster";

/** A webhook of the cluster. */
export interface PodWebhook {
  readonly stop: () => void;
}

/**
 * Puts environment variables into the pods of a ServiceAccount when they are made, as EKS does with those that have a
 * role: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html.
 */
export async function startPodWebhook(
  cluster: Cluster,
  serviceAccount: string,
  env: Readonly<Record<string, string>>,
): Promise<PodWebhook> {
  const { machine } = cluster.network;
  const { key, cert } = await certificateOf(machine, cluster.folder);
  const variables = Object.entries(env).map(([name, value]) => ({ name, value }));
  const server = createServer({ key, cert }, async (request, response) => {
    const review = JSON.parse((await request.setEncoding("utf8").toArray()).join(""));
    const answer = {
      uid: review.request.uid,
      allowed: true,
      patchType: "JSONPatch",
      patch: patchOf(review, variables),
    };
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ apiVersion: review.apiVersion, kind: review.kind, response: answer }));
  });
  await new Promise<void>((resolve) => server.listen(0, machine, resolve));
  const { port } = server.address() as AddressInfo;
  await cluster.apply(configuration(`https://${machine}:${port}/`, cert, serviceAccount));
  const stop = () => {
    server.close();
    // The API server keeps one for its next request.
    server.closeAllConnections();
  };
  return { stop };
}

/**
 * What changes the pod that is reviewed, as the API server takes it. EKS's webhook changes init containers, too.
 *
 * @see https://github.com/aws/amazon-eks-pod-identity-webhook
 */
// biome-ignore lint/suspicious/noExplicitAny: a review of whatever pod
function patchOf(review: any, variables: readonly object[]): string {
  const { spec } = review.request.object;
  const patches = ["initContainers", "containers"].flatMap((list) =>
    (spec[list] ?? []).map(({ env = [] }: { env?: readonly object[] }, index: number) => ({
      op: "add",
      path: `/spec/${list}/${index}/env`,
      value: [...env, ...variables],
    })),
  );
  return Buffer.from(JSON.stringify(patches)).toString("base64");
}

/** @see https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/ */
function configuration(url: string, authority: string, serviceAccount: string): object {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name: "pod-identity" },
    webhooks: [
      {
        name: "pod-identity.drover.test",
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
        clientConfig: { url, caBundle: Buffer.from(authority).toString("base64") },
        rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE"] }],
        matchConditions: [{ name: "account", expression: `object.spec.serviceAccountName == "${serviceAccount}"` }],
      },
    ],
  };
}
