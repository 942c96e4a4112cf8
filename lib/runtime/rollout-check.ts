import { DataKubernetesResources } from "@cdktf/provider-kubernetes/lib/data-kubernetes-resources";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { ObjectOwner } from "./labels";

export interface RolloutCheckProps extends ObjectOwner {
  /** Name of the Namespace. */
  readonly namespace: string;
  /** Names of the Deployments; any other Deployment of the Namespace is ignored. */
  readonly deployments: readonly string[];
  /** Command that deploys the stack, such as "npx cdktf deploy podcore-production". */
  readonly deployCommand: string;
  /** Everything that is applied before: all resources of the stack, and what changes whenever the stack does. */
  readonly after: readonly ITerraformDependable[];
}

/**
 * The check that the last rollout of every Deployment succeeded.
 *
 * Terraform records a failed update in the state as if it had succeeded: the next apply would find nothing to change while
 * the pods of the previous release still serve. So this check reads the Deployments from the cluster, after everything
 * else. It runs in the plan if nothing is about to change, and otherwise at the end of the apply, so that it never blocks
 * a change: neither the release that corrects the failure, nor one of another process.
 *
 * @see https://github.com/hashicorp/terraform-provider-kubernetes/issues/2332
 */
export class RolloutCheck extends Construct {
  readonly deployments: DataKubernetesResources;

  constructor(scope: Construct, id: string, props: RolloutCheckProps) {
    super(scope, id);
    const { app, namespace, deployments, after } = props;
    this.deployments = new DataKubernetesResources(this, "deployments", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      namespace,
      labelSelector: `app.kubernetes.io/name=${app}`,
      dependsOn: [...after],
      lifecycle: {
        postcondition: [
          { condition: `\${length(${failed(deployments)}) == 0}`, errorMessage: refusal(props, failed(deployments)) },
        ],
      },
    });
  }
}

/**
 * The Deployments whose last rollout failed, as an expression. Any of these shows it:
 *
 * - It exceeded its progress deadline.
 * - Pods of an earlier release are left. A pod that is ready for a moment counts as progress, so one that keeps crashing can
 *   put the deadline off for ever, and Terraform's own timeout ends the apply.
 * - It has been unavailable for longer than that deadline: a single worker whose earlier pod is gone.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment
 */
function failed(names: readonly string[]): string {
  const isOurs = `contains(${JSON.stringify(names)}, one.metadata.name)`;
  const isFalse = (type: string, since = "true") =>
    `anytrue([for each in try(one.status.conditions[*], []) : each.type == "${type}" && each.status == "False" && ${since}])`;
  const deadline = 'timeadd(each.lastTransitionTime, "${one.spec.progressDeadlineSeconds}s")';
  const signs = [
    isFalse("Progressing"),
    "try(one.status.replicas > try(one.status.updatedReplicas + 0, 0), false)",
    isFalse("Available", `try(timecmp(${deadline}, plantimestamp()) < 0, false)`),
  ];
  return `[for one in self.objects[*] : one if ${isOurs} && anytrue([${signs.join(", ")}])]`;
}

function refusal({ app, environment, namespace, deployCommand }: RolloutCheckProps, failed: string): string {
  const isServing = "try(one.status.readyReplicas > 0, false)";
  const rest = `\${${isServing} ? "its new pods failed; pods still ready: \${one.status.readyReplicas}" : "its new pods failed; nothing of it runs"}`;
  return `The last rollout of these processes in ${namespace} failed:
\${join("\\n", [for one in ${failed} : "  \${one.metadata.name}: ${rest}"])}
To find out why:
  npm run why -- ${app} ${environment}
Deploy a release that works, or go back (git revert the commit that released this one) and deploy that:
  ${deployCommand}`;
}
