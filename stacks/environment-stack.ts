import { TerraformOutput } from "cdktf";
import type { Construct } from "constructs";
import { registryHost } from "../lib/build/aws-account";
import { type AppEnvironmentSpec, DEFAULT_KUBECONFIG } from "../lib/fleet/fleet";
import { namesOf } from "../lib/fleet/names";
import { AppNamespace } from "../lib/runtime/app-namespace";
import { Workload } from "../lib/runtime/workload";
import { literal } from "../lib/terraform/literal";
import { repositoryUrl } from "./conventions";
import { type AppStackProps, FleetStack } from "./fleet-stack";

/**
 * An app in one environment, at the pinned release. This is all that a release touches, so it is quick, and needs
 * neither a GitHub token nor rights in AWS. Without a pin there is everything but the Deployments.
 */
export class EnvironmentStack extends FleetStack {
  constructor(scope: Construct, id: string, props: AppStackProps, environment: AppEnvironmentSpec) {
    super(scope, id, props.platform);
    const { platform, repository, retiring, slug } = props;
    const names = namesOf(slug);
    const { pin, processes } = environment;
    const namespace = names.namespace(environment.name);
    const owner = { app: slug, environment: environment.name, repository: repositoryUrl(repository) };
    this.useKubernetes(environment);

    const place = new AppNamespace(this, "app", { ...owner, name: namespace, preventDestroy: !retiring });
    for (const process of processes) {
      new Workload(this, `process-${process.name}`, {
        ...owner,
        process: process.name,
        namespace,
        serviceAccount: names.serviceAccount,
        image: pin && `${registryHost(platform)}/${names.imageRepository}@${pin.digest}`,
        version: pin?.tag,
        command: process.command?.map(literal),
        port: process.port,
        hosts: process.hosts,
        ingressClass: environment.ingressClass,
        after: [place.namespace, place.serviceAccount],
      });
    }

    const hosts = processes.flatMap((process) => process.hosts);
    if (hosts.length > 0) {
      new TerraformOutput(this, "addresses", {
        value: hosts.map((host) => `https://${host}`),
        description: "Where the app answers",
      });
    }
    const { context, kubeconfig } = environment;
    const cluster = `${kubeconfig === DEFAULT_KUBECONFIG ? "" : `--kubeconfig ${kubeconfig} `}--context ${context}`;
    new TerraformOutput(this, "logs", {
      value: `kubectl ${cluster} --namespace ${namespace} logs --selector app.kubernetes.io/name=${slug} --all-containers --prefix --follow`,
      description: "Command that shows the app's logs",
    });
  }
}
