import { DataKubernetesResources } from "@cdktf/provider-kubernetes/lib/data-kubernetes-resources";
import type { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { AutoscalingSpec } from "../fleet/fleet";
import { ResourceHash } from "../terraform/resource-hash";
import { podSelector } from "./labels";

export interface LiveReplicasProps {
  /** Slug of the app. */
  readonly app: string;
  /** Name of the Namespace. */
  readonly namespace: string;
  /** Name of the process, and so of the Deployment. */
  readonly process: string;
  /** Bounds of the autoscaler. */
  readonly bounds: AutoscalingSpec;
  /** The Deployment, whose `replicas` are these. */
  readonly deployment: () => DeploymentV1;
  /** Values of the Deployment that may be expressions. */
  readonly values: readonly string[];
  /** What is applied before the Deployment. */
  readonly after: readonly ITerraformDependable[];
}

/**
 * The number of pods that an autoscaled Deployment has when it is changed.
 *
 * Terraform's provider writes the whole `spec` of a Deployment with each update. Where the configuration states no
 * `replicas`, it writes the number that the plan read: a plan that is approved when the load has grown would end pods. So
 * the number is read in the apply, right before the Deployment is changed. Where its configuration does not change, the
 * number is read in the plan, and equals what the Deployment has.
 *
 * A Deployment of which something else than the number of pods was changed by hand is put back to what the plan read: its
 * configuration is the same, so Terraform reads nothing in the apply.
 */
export class LiveReplicas extends Construct {
  /** The number, as an expression: within the bounds, or 0 where somebody has stopped the process. */
  readonly expression: string;

  constructor(scope: Construct, id: string, props: LiveReplicasProps) {
    super(scope, id);
    const { app, namespace, process, bounds, deployment, values, after } = props;
    const configuration = new ResourceHash(this, "configuration", {
      of: deployment,
      arguments: ["metadata", "spec"],
      values,
      after,
    });
    // A list, since Terraform takes a single object that is not there yet for an error.
    const live = new DataKubernetesResources(this, "deployments", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      namespace,
      labelSelector: Object.entries(podSelector(app, process))
        .map((label) => label.join("="))
        .join(","),
      dependsOn: [configuration],
    });
    const address = `data.${live.terraformResourceType}.${live.friendlyUniqueId}`;
    const replicas = `[for one in ${address}.objects[*] : one.spec.replicas if one.metadata.name == "${process}"][0]`;
    const { min, max } = bounds;
    this.expression = `\${try(tostring(${replicas} == 0 ? 0 : min(max(${replicas}, ${min}), ${max})), "${min}")}`;
  }
}
