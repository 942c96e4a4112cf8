import { isIP } from "node:net";
import type { KubernetesObject } from "../../../lib/runtime/manifest";
import { type Any, Cluster, type PodTemplate } from "./cluster";

/** What no schema catches: an object that the API server takes, or refuses only when it is too late. */
export interface ManifestRule {
  readonly name: string;
  /** Says what is wrong with each object that breaks the rule. */
  readonly check: (cluster: Cluster) => string[];
}

/** Everything that is wrong with objects that end up in one cluster. */
export function brokenRules(objects: readonly KubernetesObject[]): string[] {
  const cluster = new Cluster(objects);
  return MANIFEST_RULES.flatMap(({ name, check }) => check(cluster).map((problem) => `${name}: ${problem}`));
}

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const QUALIFIED = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const PORT_NAME = /^(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Longest names, by kind: pods of a Job are called after it, and Jobs after their CronJob. */
const LONGEST: Readonly<Record<string, number>> = { Namespace: 63, Service: 63, CronJob: 52, Job: 63, StatefulSet: 52 };

const title = ({ kind, metadata }: Any) => `${kind} ${metadata?.namespace ?? ""}/${metadata?.name}`;
const isPort = (value: unknown) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535;
const twice = (values: readonly unknown[]) => values.filter((value, index) => values.indexOf(value) !== index);

/** Says of each object that is looked at what is wrong with it. */
function each<Item>(
  items: readonly Item[],
  of: (item: Item) => string,
  look: (item: Item) => (string | false | undefined)[],
) {
  return items.flatMap((item) => look(item).flatMap((problem) => (problem ? [`${of(item)}: ${problem}`] : [])));
}

const podTitle = ({ owner }: PodTemplate) => title(owner);
const inPods = (look: (pod: PodTemplate) => (string | false | undefined)[]) => (cluster: Cluster) =>
  each(cluster.pods(), podTitle, look);
const inContainers =
  (look: (container: Any, pod: PodTemplate, cluster: Cluster) => (string | false | undefined)[]) =>
  (cluster: Cluster) =>
    cluster.pods().flatMap((pod) =>
      each(
        pod.containers,
        (container) => `${podTitle(pod)} ${container.name}`,
        (container) => look(container, pod, cluster),
      ),
    );

const portsOf = (containers: readonly Any[]) => containers.flatMap(({ ports = [] }) => ports) as Any[];
const portNamed = (containers: readonly Any[], wanted: unknown) =>
  portsOf(containers).find(({ name, containerPort }) => (typeof wanted === "string" ? name : containerPort) === wanted);
const handlersOf = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Any) =>
  [livenessProbe, readinessProbe, startupProbe, lifecycle?.preStop, lifecycle?.postStart].filter(Boolean);

/**
 * What an ALB compares a request with, in this order: the Ingress objects by their place, then by name; within each the
 * longest path first.
 *
 * @see https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#group.order
 */
function albRules(ingresses: readonly Any[]): { host: string; path: string; owner: string }[] {
  const placeOf = ({ metadata }: Any) => Number(metadata.annotations?.["alb.ingress.kubernetes.io/group.order"] ?? 0);
  return ingresses
    .filter(({ spec }) => spec.ingressClassName === "alb")
    .toSorted((a, b) => placeOf(a) - placeOf(b) || (title(a) < title(b) ? -1 : 1))
    .flatMap((ingress) =>
      (ingress.spec.rules ?? []).flatMap(({ host, http }: Any) =>
        http.paths
          .map(({ path }: Any) => ({ host, path, owner: title(ingress) }))
          .toSorted((a: Any, b: Any) => b.path.length - a.path.length),
      ),
    );
}

/** Least number of replicas that a workload may have. */
function leastReplicas(cluster: Cluster, { kind, metadata, spec }: Any): number {
  const scaler = cluster
    .all("HorizontalPodAutoscaler")
    .find((one) => one.metadata.namespace === metadata.namespace && one.spec.scaleTargetRef.name === metadata.name);
  if (kind === "Deployment" && scaler) return scaler.spec.minReplicas ?? 1;
  return spec.replicas ?? 1;
}

export const MANIFEST_RULES: readonly ManifestRule[] = [
  {
    name: "names are valid, and short enough for what is called after them",
    check: ({ objects }) =>
      each(objects, title, ({ kind, metadata: { name } }) => [
        !SUBDOMAIN.test(name) && `the name "${name}" is no DNS name`,
        name.length > (LONGEST[kind] ?? 253) &&
          `the name has ${name.length} characters, at most ${LONGEST[kind] ?? 253}`,
        ["Namespace", "Service"].includes(kind) && !LABEL.test(name) && "the name may hold no dot",
        kind === "Service" && !/^[a-z]/.test(name) && "the name starts with a digit",
      ]),
  },
  {
    name: "no two objects are one",
    check: ({ objects }) => twice(objects.map(title)).map((one) => `${one} is there twice`),
  },
  {
    name: "labels and annotations are valid",
    check: ({ objects }) =>
      each(objects, title, (object) => {
        const template = new Cluster([object]).pods()[0];
        const labels = { ...object.metadata.labels, ...template?.labels };
        return [
          ...Object.keys({ ...labels, ...object.metadata.annotations }).map(
            (key) => (!QUALIFIED.test(key) || key.split("/").at(-1)!.length > 63) && `"${key}" is no key`,
          ),
          ...Object.entries(labels).map(
            ([key, value]) => (!LABEL_VALUE.test(value) || value.length > 63) && `label ${key}: "${value}" is no value`,
          ),
        ];
      }),
  },
  {
    name: "namespaces exist",
    check: (cluster) =>
      each(
        cluster.objects.filter(({ metadata }) => metadata.namespace !== undefined),
        title,
        ({ metadata }) => [!cluster.find("Namespace", undefined, metadata.namespace!) && "its namespace is missing"],
      ),
  },
  {
    name: "workloads select their own pods",
    check: (cluster) =>
      each(cluster.all("Deployment", "StatefulSet", "DaemonSet"), title, ({ spec, metadata }) => {
        const labels = spec.selector?.matchLabels ?? {};
        const chosen = cluster.pods(metadata.namespace, labels).filter(({ owner }) => !isOf(owner, "Job", "CronJob"));
        return [
          Object.keys(labels).length === 0 && "it selects every pod",
          !chosen.some(({ owner }) => owner.metadata.name === metadata.name) && "it does not select its own pods",
          ...chosen
            .filter(({ owner }) => owner.metadata.name !== metadata.name)
            .map((pod) => `it selects those of ${podTitle(pod)}`),
        ];
      }),
  },
  {
    name: "container ports are in range and told apart",
    check: inPods(({ containers }) => {
      const ports = portsOf(containers);
      return [
        ...ports.map(({ containerPort }) => !isPort(containerPort) && `${containerPort} is no port`),
        ...ports.map(
          ({ name }) =>
            name !== undefined && (!PORT_NAME.test(name) || name.length > 15) && `"${name}" is no port's name`,
        ),
        ...twice(ports.flatMap(({ name }) => name ?? [])).map((name) => `two ports are called ${name}`),
        ...twice(ports.map(({ containerPort, protocol = "TCP" }) => `${containerPort}/${protocol}`)).map(
          (port) => `${port} is there twice`,
        ),
      ];
    }),
  },
  {
    name: "a Service names ports of its pods",
    check: (cluster) =>
      each(cluster.all("Service"), title, ({ metadata, spec }) => {
        const pods = cluster.pods(metadata.namespace, spec.selector);
        return (spec.ports ?? []).flatMap(({ name, port, targetPort: target }: Any) => {
          // An empty one is the port itself.
          const targetPort = target || port;
          return [
            !isPort(port) && `${port} is no port`,
            name !== undefined && !PORT_NAME.test(name) && `"${name}" is no port's name`,
            typeof targetPort === "number" && !isPort(targetPort) && `${targetPort} is no port`,
            ...pods
              .filter(({ containers }) => portNamed(containers, targetPort) === undefined)
              .map((pod) => `${podTitle(pod)} has no port ${targetPort}`),
          ];
        });
      }),
  },
  {
    name: "a Service has pods, of one workload that goes on running",
    check: (cluster) =>
      each(cluster.all("Service"), title, ({ metadata, spec }) => {
        const isReleased = cluster.pods(metadata.namespace).length > 0;
        const pods = cluster.pods(metadata.namespace, spec.selector);
        return [
          Object.keys(spec.selector ?? {}).length === 0 && "it selects nothing",
          isReleased && pods.length === 0 && "it selects no pod",
          pods.length > 1 && `it selects the pods of ${pods.map(podTitle).join(" and ")}`,
          ...pods.map((pod) => isOf(pod.owner, "Job", "CronJob") && `it selects those of ${podTitle(pod)}, which end`),
        ];
      }),
  },
  {
    name: "an Ingress leads to ports of Services",
    check: (cluster) =>
      each(cluster.all("Ingress"), title, ({ metadata, spec }) => {
        const paths = (spec.rules ?? []).flatMap(({ http }: Any) => http?.paths ?? []);
        const backends = [spec.defaultBackend, ...paths.map(({ backend }: Any) => backend)].filter(Boolean);
        return [
          ...backends.map(({ service: { name, port } }: Any) => {
            const service = cluster.find("Service", metadata.namespace, name);
            if (service === undefined) return `there is no Service ${name}`;
            const found = service.spec.ports.some((one: Any) =>
              port.name ? one.name === port.name : one.port === port.number,
            );
            return !found && `Service ${name} has no port ${port.name ?? port.number}`;
          }),
          ...paths.map(
            ({ path, pathType }: Any) =>
              pathType !== "ImplementationSpecific" && !path?.startsWith("/") && `"${path}" is no path`,
          ),
        ];
      }),
  },
  {
    name: "a host and a path have one owner",
    check: (cluster) => {
      const claims = cluster
        .all("Ingress")
        .flatMap(({ spec }) =>
          (spec.rules ?? []).flatMap(({ host, http }: Any) => http.paths.map(({ path }: Any) => `${host}${path}`)),
        );
      return twice(claims).map((claim) => `${claim} is claimed twice`);
    },
  },
  {
    name: "of a host's paths an ALB tries the closest first",
    check: (cluster) => {
      const rules = albRules(cluster.all("Ingress"));
      return rules.flatMap(({ host, path, owner }, place) =>
        rules
          .slice(place + 1)
          .filter((later) => later.host === host && later.path.startsWith(path === "/" ? path : `${path}/`))
          .map((later) => `${later.owner}: ${host}${later.path} is answered by ${path} of ${owner}, which comes first`),
      );
    },
  },
  {
    name: "hosts are names",
    check: (cluster) =>
      each(cluster.all("Ingress"), title, ({ spec }) => {
        const hosts = [
          ...(spec.rules ?? []).map(({ host }: Any) => host),
          ...(spec.tls ?? []).flatMap(({ hosts = [] }: Any) => hosts),
        ];
        return hosts.map(
          (host) => (!SUBDOMAIN.test(String(host).replace(/^\*\./, "")) || host.length > 253) && `"${host}" is no host`,
        );
      }),
  },
  {
    name: "a disruption budget lets a node be drained",
    check: (cluster) =>
      each(cluster.all("PodDisruptionBudget"), title, ({ metadata, spec }) => {
        const pods = cluster.pods(metadata.namespace, spec.selector?.matchLabels);
        const isReleased = cluster.pods(metadata.namespace).length > 0;
        return [
          isReleased && pods.length === 0 && "it selects no pod",
          (spec.maxUnavailable === 0 || spec.maxUnavailable === "0%") && "no pod may ever be evicted",
          spec.minAvailable === "100%" && "no pod may ever be evicted",
          ...pods.map(({ owner }) => {
            const replicas = leastReplicas(cluster, owner);
            return spec.minAvailable >= replicas && `${spec.minAvailable} of ${replicas} replicas may never be evicted`;
          }),
        ];
      }),
  },
  {
    name: "an autoscaler has bounds, and its Deployment to itself",
    check: (cluster) =>
      each(cluster.all("HorizontalPodAutoscaler"), title, ({ metadata, spec }) => {
        const target = cluster.find(spec.scaleTargetRef.kind, metadata.namespace, spec.scaleTargetRef.name);
        const isReleased = cluster.pods(metadata.namespace).length > 0;
        return [
          isReleased && target === undefined && `there is no ${spec.scaleTargetRef.kind} ${spec.scaleTargetRef.name}`,
          target?.spec.replicas !== undefined && "its target says a number of replicas, too",
          (spec.minReplicas ?? 1) > spec.maxReplicas &&
            `${spec.minReplicas} replicas at least, ${spec.maxReplicas} at most`,
          ...(target ? new Cluster([target]).pods()[0]!.containers : []).map(
            (container: Any) => container.resources?.requests?.cpu === undefined && `${container.name} requests no cpu`,
          ),
        ];
      }),
  },
  {
    name: "probes and hooks ask real ports",
    check: inContainers((container, { containers }) =>
      handlersOf(container).map(({ httpGet, tcpSocket, grpc }) => {
        const port = (httpGet ?? tcpSocket ?? grpc)?.port;
        return port !== undefined && portNamed(containers, port) === undefined && `a probe asks port ${port}`;
      }),
    ),
  },
  {
    name: "pods have time to end",
    check: inContainers((container, { spec }) => {
      const { preStop } = container.lifecycle ?? {};
      const slept = preStop?.sleep?.seconds ?? Number(preStop?.exec?.command?.at(-1)?.match(/^\d+$/)?.[0] ?? 0);
      return [slept >= (spec.terminationGracePeriodSeconds ?? 30) && `it sleeps ${slept} s of its grace period away`];
    }),
  },
  {
    name: "variables are told once, and taken from what is there",
    check: inContainers(({ env = [], envFrom = [] }, { owner }, cluster) => [
      ...twice(env.map(({ name }: Any) => name)).map((name) => `${name} is told twice`),
      ...env.map(({ name }: Any) => !/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name) && `"${name}" is no variable`),
      ...[...env.map(({ valueFrom }: Any) => valueFrom ?? {}), ...envFrom].flatMap((source: Any) =>
        ["Secret", "ConfigMap"].map((kind) => {
          const key = kind === "Secret" ? "secret" : "configMap";
          const reference = source[`${key}KeyRef`] ?? source[`${key}Ref`];
          if (reference === undefined || reference.optional) return false;
          return (
            !cluster.find(kind, owner.metadata.namespace, reference.name) && `there is no ${kind} ${reference.name}`
          );
        }),
      ),
    ]),
  },
  {
    name: "mounts are of volumes, and volumes of what is there",
    check: (cluster) =>
      each(cluster.pods(), podTitle, ({ owner, spec, containers }) => {
        const claims = ((owner.spec as Any)?.volumeClaimTemplates ?? []) as Any[];
        const volumes = [...(spec.volumes ?? []), ...claims.map(({ metadata }) => ({ name: metadata.name }))];
        const has = (kind: string, name?: string) =>
          name === undefined || cluster.find(kind, owner.metadata.namespace, name);
        return [
          ...twice(volumes.map(({ name }) => name)).map((name) => `two volumes are called ${name}`),
          ...containers.flatMap(({ volumeMounts = [] }) => [
            ...volumeMounts.map(
              ({ name }: Any) => !volumes.some((volume) => volume.name === name) && `there is no volume ${name}`,
            ),
            ...twice(volumeMounts.map(({ mountPath }: Any) => mountPath)).map((path) => `${path} is mounted twice`),
          ]),
          ...volumes.flatMap(({ secret, configMap, persistentVolumeClaim: claim }) => [
            !has("Secret", secret?.secretName) && `there is no Secret ${secret.secretName}`,
            !has("ConfigMap", configMap?.name) && `there is no ConfigMap ${configMap.name}`,
            !has("PersistentVolumeClaim", claim?.claimName) && `there is no claim ${claim.claimName}`,
          ]),
        ];
      }),
  },
  {
    name: "containers are told apart",
    check: inPods(({ containers }) => [
      ...twice(containers.map(({ name }) => name)).map((name) => `two containers are called ${name}`),
      ...containers.map(({ name }) => (!LABEL.test(name) || name.length > 63) && `"${name}" is no container's name`),
    ]),
  },
  {
    name: "pods run as an account that is there, and have no token of it",
    check: (cluster) =>
      each(cluster.pods(), podTitle, ({ owner, spec }) => [
        spec.serviceAccountName !== undefined &&
          !cluster.find("ServiceAccount", owner.metadata.namespace, spec.serviceAccountName) &&
          `there is no ServiceAccount ${spec.serviceAccountName}`,
        spec.automountServiceAccountToken !== false && "it has a token of the API server",
      ]),
  },
  {
    name: "images are named by their digests",
    // The platform's own are named by the hash of their recipe, in a registry that takes no tag twice.
    check: inContainers(({ image }) => [
      !/@sha256:[0-9a-f]{64}$|\/drover-builder:[a-z0-9-]+-[0-9a-f]{12}$/.test(image) &&
        `${image} may be another one tomorrow`,
    ]),
  },
  {
    name: "pods run on nodes that their images are built for",
    check: inPods(({ spec }) => [
      spec.nodeSelector?.["kubernetes.io/arch"] !== "amd64" && "it may be put on a node of another architecture",
    ]),
  },
  {
    name: "pods keep to the restricted standard, on a root that is read-only",
    check: inContainers(({ securityContext: own = {} }, { spec }) => {
      const pod = spec.securityContext ?? {};
      return [
        // Each by itself: a `false` of either is refused, whatever the other says, and the provider sends one for an
        // argument that is not set.
        pod.runAsNonRoot !== true && "its pod may run as root",
        own.runAsNonRoot !== true && "it may run as root",
        (own.runAsUser ?? pod.runAsUser) === 0 && "it runs as root",
        own.privileged === true && "it is privileged",
        own.allowPrivilegeEscalation !== false && "it may get more rights",
        own.readOnlyRootFilesystem !== true && "it may write to its root",
        !own.capabilities?.drop?.includes("ALL") && "it has capabilities",
        (own.seccompProfile ?? pod.seccompProfile)?.type !== "RuntimeDefault" && "it may call everything of the kernel",
        (spec.hostNetwork || spec.hostPID || spec.hostIPC) && "it is in the host's namespaces",
        (spec.volumes ?? []).some(({ hostPath }: Any) => hostPath !== undefined) && "it mounts the host's files",
      ];
    }),
  },
  {
    name: "containers request what they need, and not more than they may have",
    check: inContainers(({ resources: { requests = {}, limits = {} } = {} }) => [
      requests.cpu === undefined && "it requests no cpu",
      requests.memory === undefined && "it requests no memory",
      limits.memory === undefined && "its memory has no limit",
      ...["cpu", "memory"].map(
        (name) =>
          limits[name] !== undefined &&
          amount(requests[name]) > amount(limits[name]) &&
          `it requests more ${name} than it may have`,
      ),
    ]),
  },
  {
    name: "Jobs end",
    check: (cluster) =>
      each(cluster.all("Job", "CronJob"), title, (object) => {
        const [pod] = new Cluster([object]).pods();
        const job = object.spec.jobTemplate?.spec ?? object.spec;
        return [
          !["Never", "OnFailure"].includes(pod?.spec.restartPolicy) && "its pods are restarted always",
          job.activeDeadlineSeconds === undefined && "it may go on for ever",
        ];
      }),
  },
  {
    name: "a Job survives the disruption of its pod, and does not take it for its end",
    check: (cluster) =>
      each(cluster.all("Job", "CronJob"), title, (object) => {
        const job = object.spec.jobTemplate?.spec ?? object.spec;
        const { metadata, spec } = job.template;
        const ignored = (job.podFailurePolicy?.rules ?? [])
          .filter(({ action }: Any) => action === "Ignore")
          .flatMap(({ onPodConditions = [] }: Any) => onPodConditions.map(({ type }: Any) => type));
        return [
          // A policy is refused with any other.
          spec.restartPolicy !== "Never" && "its containers restart in their pod",
          !ignored.includes("DisruptionTarget") && "a disrupted pod counts as failed",
          ignored.length > 1 && "a pod that fails does not count",
          // A pod that is deleted starts no container after an init container, and fails.
          (spec.initContainers ?? []).length === 0 &&
            "a program that exits with 0 when it is told to end has succeeded",
          metadata.annotations?.["karpenter.sh/do-not-disrupt"] !== "true" && "Karpenter may interrupt it",
        ];
      }),
  },
  {
    name: "a CronJob runs at times, one at a time",
    check: (cluster) =>
      each(cluster.all("CronJob"), title, ({ spec }) => [
        !/^(@\w+|(\S+ ){4}\S+)$/.test(spec.schedule) && `"${spec.schedule}" is no schedule`,
        spec.concurrencyPolicy === "Allow" && "two may run at once",
      ]),
  },
  {
    name: "a rollout replaces pods, and fails before the provider gives up",
    check: (cluster) =>
      each(cluster.all("Deployment"), title, ({ spec }) => {
        const { maxSurge = "25%", maxUnavailable = "25%" } = spec.strategy?.rollingUpdate ?? {};
        const isZero = (value: unknown) => value === 0 || value === "0%";
        return [
          isZero(maxSurge) && isZero(maxUnavailable) && "no pod may be added and none taken away",
          // The provider's own limit follows the stated one, and is no shorter than the default.
          spec.progressDeadlineSeconds === undefined && "its deadline is not before that of the provider",
        ];
      }),
  },
  {
    name: "a network policy is about pods, ports and addresses that there are",
    check: (cluster) =>
      each(cluster.all("NetworkPolicy"), title, ({ metadata, spec }) => {
        const isReleased = cluster.pods(metadata.namespace).length > 0;
        const rules = [...(spec.ingress ?? []), ...(spec.egress ?? [])];
        const blocks = rules.flatMap(({ from = [], to = [] }: Any) =>
          [...from, ...to].flatMap(({ ipBlock }: Any) => ipBlock ?? []),
        );
        const chosen = cluster.pods(metadata.namespace, spec.podSelector?.matchLabels);
        return [
          isReleased && chosen.length === 0 && "it selects no pod",
          spec.egress !== undefined && !spec.policyTypes?.includes("Egress") && "its egress means nothing",
          ...rules.flatMap(({ ports = [] }: Any) =>
            ports.map(
              ({ port, endPort }: Any) =>
                typeof port === "number" && (!isPort(port) || endPort < port) && `${port} is no port`,
            ),
          ),
          ...blocks.flatMap(({ cidr, except = [] }: Any) =>
            [cidr, ...except].map((one) => !isCidr(one) && `"${one}" is no range`),
          ),
          ...(spec.ingress ?? []).flatMap(({ ports = [] }: Any) =>
            ports.flatMap(({ port }: Any) =>
              chosen.map(
                (pod) => portNamed(pod.containers, port) === undefined && `${podTitle(pod)} has no port ${port}`,
              ),
            ),
          ),
        ];
      }),
  },
  {
    name: "a StatefulSet has its Service",
    check: (cluster) =>
      each(cluster.all("StatefulSet"), title, ({ metadata, spec }) => [
        !cluster.find("Service", metadata.namespace, spec.serviceName) && `there is no Service ${spec.serviceName}`,
      ]),
  },
];

function isOf({ kind }: KubernetesObject, ...kinds: string[]): boolean {
  return kinds.includes(kind);
}

function isCidr(text: string): boolean {
  const [address = "", bits = ""] = text.split("/");
  const family = isIP(address);
  return family !== 0 && /^\d+$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

/** A quantity of Kubernetes as a number. */
function amount(quantity: unknown): number {
  const [, number = "NaN", suffix = ""] = String(quantity).match(/^([\d.]+)(\w*)$/) ?? [];
  const factors: Record<string, number> = {
    m: 1e-3,
    "": 1,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
  };
  return Number(number) * (factors[suffix] ?? Number.NaN);
}
