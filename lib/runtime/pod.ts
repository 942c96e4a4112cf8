import type {
  DeploymentV1SpecTemplateSpec,
  DeploymentV1SpecTemplateSpecContainer,
} from "@cdktf/provider-kubernetes/lib/deployment-v1/index-structs";
import { DEFAULT_RESOURCES, type ResourcesSpec } from "../fleet/fleet";
import { keptResources, RESTRICTED_CONTAINER, restrictedPod } from "./restricted-pod";

/** A Secret of the namespace, from which pods get environment variables. */
export interface PodSecret {
  /** Name of the Secret. */
  readonly name: string;
  /** Environment variables, which are its keys. */
  readonly variables: readonly string[];
  /**
   * Something that changes with the values, and tells nothing of them. A Deployment starts new pods when it changes.
   *
   * @default - pods see new values when they are started the next time
   */
  readonly revision?: string;
}

/** Something that has to accept connections. */
export interface Endpoint {
  /** Name or address of the host. */
  readonly host: string;
  /** Port: 1 to 65535. */
  readonly port: number;
}

/** What all pods of an app are made from, whatever starts them. */
export interface PodProps {
  /** Image, by digest: "<registry>/<name>@sha256:…". It holds {@link HELPER} for a Job, and where something is waited for. */
  readonly image: string;
  /**
   * Program and arguments. Kubernetes puts environment variables in the place of `$(NAME)`.
   *
   * @default - the image's own
   */
  readonly command?: readonly string[];
  /**
   * Arguments, after those of the command. Kubernetes puts environment variables in the place of `$(NAME)`.
   *
   * @default - none beyond those of the command
   */
  readonly args?: readonly string[];
  /**
   * Environment variables. Kubernetes puts earlier ones in the place of `$(NAME)`; {@link withoutReferences} takes a text
   * as it stands.
   *
   * @default {} none
   */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Secret with further environment variables.
   *
   * @default - none
   */
  readonly secret?: PodSecret;
  /**
   * CPU and memory that each pod requests, and the memory that it may use.
   *
   * @default { cpu: "50m", memory: "64Mi", memoryLimit: "256Mi" }
   */
  readonly resources?: ResourcesSpec;
  /**
   * What has to accept connections before the pod starts.
   *
   * @default [] nothing
   */
  readonly waitFor?: readonly Endpoint[];
  /** Name of the ServiceAccount. */
  readonly serviceAccount: string;
}

/** A pod with one container. */
export interface PodSpec extends Omit<DeploymentV1SpecTemplateSpec, "container" | "initContainer"> {
  readonly container: [DeploymentV1SpecTemplateSpecContainer];
  readonly initContainer?: DeploymentV1SpecTemplateSpecContainer[];
}

/** What hooks and init containers run, where an image has neither a shell nor `sleep`. Every image of the build has it. */
export const HELPER = "/usr/local/bin/drover-helper";

/** Command of every image of the build that does nothing and succeeds. */
export const NO_OPERATION = [HELPER, "sleep", "0"] as const;

/** Seconds for which a pod waits for something, before it fails and says so. */
const LONGEST_WAIT = 120;

/**
 * An environment variable's value that Kubernetes leaves as it is: it would put other variables in the place of
 * `$(NAME)`, and a dollar sign in the place of two.
 *
 * @see https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
export function withoutReferences(value: string): string {
  return value.replaceAll(/\$(?=[$(])/g, "$$$$");
}

/**
 * What every pod of an app is. It keeps the restricted Pod Security Standard, writes to `/tmp` only, and has no token of
 * its ServiceAccount.
 *
 * @param name name of its container
 * @param own what the container has besides; its `env` stands before the others, which may refer to it
 */
export function podSpec(
  name: string,
  props: PodProps,
  own: Partial<DeploymentV1SpecTemplateSpecContainer> = {},
): PodSpec {
  const { image, command, args, serviceAccount, waitFor = [] } = props;
  const env = [...((own.env as Variable[] | undefined) ?? []), ...variables(props)];
  return {
    ...restrictedPod(serviceAccount),
    ...(waitFor.length > 0 && {
      initContainer: waitFor.map((endpoint, index) => waitContainer(image, endpoint, index)),
    }),
    container: [
      {
        name,
        image,
        command: command && [...command],
        args: args && [...args],
        ...own,
        ...(env.length > 0 && { env }),
        resources: keptResources(props.resources ?? DEFAULT_RESOURCES),
        securityContext: RESTRICTED_CONTAINER,
        volumeMount: [{ name: "tmp", mountPath: "/tmp" }],
      },
    ],
    volume: [{ name: "tmp", emptyDir: {} }],
  };
}

type Variable = Extract<DeploymentV1SpecTemplateSpecContainer["env"], readonly unknown[]>[number];

function variables({ env = {}, secret }: PodProps): Variable[] {
  return [
    ...(secret?.variables ?? []).map((name) => ({
      name,
      valueFrom: { secretKeyRef: { name: secret?.name, key: name, optional: false } },
    })),
    ...Object.entries(env).map(([name, value]) => ({ name, value })),
  ];
}

function waitContainer(image: string, { host, port }: Endpoint, index: number) {
  return {
    // No process or schedule can have a name with two hyphens in a row.
    name: `wait--${index + 1}`,
    image,
    command: [HELPER, "wait", host, String(port), String(LONGEST_WAIT)],
    resources: keptResources({ cpu: "10m", memory: "16Mi", memoryLimit: "16Mi" }),
    securityContext: RESTRICTED_CONTAINER,
  };
}
