import type { Any } from "./support/manifest-rules/cluster";
import { exampleObjects } from "./support/manifest-rules/example";
import { brokenRules, MANIFEST_RULES } from "./support/manifest-rules/rules";

/** The objects of the example by kind and name. */
type Objects = (kind: string, name?: string) => Any;

const podOf = (of: Objects) => of("Deployment").spec.template.spec;
const containerOf = (of: Objects) => podOf(of).containers[0];
const policyOf = (of: Objects) => of("NetworkPolicy").spec;

/** For each rule: wrong objects, each with a part of what the rule says. */
const WRONG: Readonly<
  Record<string, readonly (readonly [break_: (of: Objects, objects: Any[]) => unknown, problem: string])[]>
> = {
  "names are valid, and short enough for what is called after them": [
    [(of) => (of("Ingress").metadata.name = "Web_1"), "no DNS name"],
    [(of) => (of("CronJob").metadata.name = "x".repeat(53)), "has 53 characters, at most 52"],
    [(of) => (of("Service", "postgres").metadata.name = "1-postgres"), "starts with a digit"],
    [(of) => (of("Service", "postgres").metadata.name = "a.b"), "no dot"],
  ],
  "no two objects are one": [
    [(of, objects) => objects.push(of("Ingress")), "Ingress podcore-production/web is there twice"],
  ],
  "labels and annotations are valid": [
    [(of) => (of("Ingress").metadata.labels.app = "acme/podcore"), '"acme/podcore" is no value'],
    [(of) => (of("Ingress").metadata.annotations = { "a b": "" }), '"a b" is no key'],
    [(of) => (of("Deployment").spec.template.metadata.labels.more = "x".repeat(64)), "is no value"],
  ],
  "namespaces exist": [[(of) => (of("Namespace").metadata.name = "other"), "its namespace is missing"]],
  "workloads select their own pods": [
    [(of) => (of("Deployment").spec.selector.matchLabels = { app: "other" }), "does not select its own pods"],
    [(of) => (of("Deployment").spec.selector.matchLabels = { app: "podcore" }), "it selects those of StatefulSet"],
    [(of) => (of("StatefulSet").spec.selector.matchLabels = {}), "it selects every pod"],
  ],
  "container ports are in range and told apart": [
    [(of) => (containerOf(of).ports[0].containerPort = 99_999), "99999 is no port"],
    [(of) => (containerOf(of).ports[0].containerPort = 0), "0 is no port"],
    [(of) => (containerOf(of).ports[0].name = "a-name-that-is-too-long"), "is no port's name"],
    [(of) => containerOf(of).ports.push({ ...containerOf(of).ports[0] }), "two ports are called http"],
  ],
  "a Service names ports of its pods": [
    [(of) => (of("Service").spec.ports[0].targetPort = "https"), "has no port https"],
    [(of) => (of("Service").spec.ports[0].targetPort = 3000), "has no port 3000"],
    [(of) => (of("Service").spec.ports[0].port = 70_000), "70000 is no port"],
  ],
  "a Service has pods, of one workload that goes on running": [
    [(of) => (of("Service").spec.selector = { app: "other" }), "it selects no pod"],
    [(of) => (of("Service").spec.selector = {}), "it selects nothing"],
    [(of) => (of("Job").spec.template.metadata.labels = of("Service").spec.selector), "which end"],
  ],
  "an Ingress leads to ports of Services": [
    [(of) => (of("Ingress").spec.rules[0].http.paths[0].backend.service.name = "api"), "there is no Service api"],
    [
      (of) => (of("Ingress").spec.rules[0].http.paths[0].backend.service.port = { number: 81 }),
      "Service web has no port 81",
    ],
    [(of) => (of("Ingress").spec.rules[0].http.paths[0].path = "x"), '"x" is no path'],
  ],
  "a host and a path have one owner": [
    [(of) => of("Ingress").spec.rules.push(of("Ingress").spec.rules[0]), "podcore.example.com/ is claimed twice"],
  ],
  "of a host's paths an ALB tries the closest first": [
    [
      (of, objects) => {
        const { metadata, spec } = structuredClone(of("Ingress"));
        spec.rules[0].http.paths[0].path = "/api";
        objects.push({ ...of("Ingress"), metadata: { ...metadata, name: "z" }, spec });
      },
      "podcore.example.com/api is answered by / of Ingress podcore-production/web, which comes first",
    ],
  ],
  "hosts are names": [[(of) => (of("Ingress").spec.rules[0].host = "https://podcore"), "is no host"]],
  "a disruption budget lets a node be drained": [
    [
      (of) => (of("PodDisruptionBudget").spec = { ...of("PodDisruptionBudget").spec, maxUnavailable: 0 }),
      "no pod may ever",
    ],
    [
      (of) => (of("PodDisruptionBudget").spec = { selector: of("PodDisruptionBudget").spec.selector, minAvailable: 2 }),
      "2 of 2",
    ],
    [(of) => (of("PodDisruptionBudget").spec.selector.matchLabels = { app: "other" }), "it selects no pod"],
  ],
  "an autoscaler has bounds, and its Deployment to itself": [
    [(of) => (of("HorizontalPodAutoscaler").spec.scaleTargetRef.name = "api"), "there is no Deployment api"],
    [(of) => (of("HorizontalPodAutoscaler").spec.minReplicas = 5), "5 replicas at least, 4 at most"],
    [(of) => (of("Deployment").spec.replicas = 2), "a number of replicas, too"],
    [(of) => delete containerOf(of).resources.requests.cpu, "requests no cpu"],
  ],
  "probes and hooks ask real ports": [
    [(of) => (containerOf(of).readinessProbe.httpGet.port = "health"), "a probe asks port health"],
    [(of) => (containerOf(of).livenessProbe = { tcpSocket: { port: 81 } }), "a probe asks port 81"],
  ],
  "pods have time to end": [
    [(of) => (podOf(of).terminationGracePeriodSeconds = 5), "it sleeps 5 s of its grace period away"],
  ],
  "variables are told once, and taken from what is there": [
    [(of) => containerOf(of).env.push({ name: "TOKEN", value: "x" }), "TOKEN is told twice"],
    [(of) => containerOf(of).env.push({ name: "A B", value: "x" }), '"A B" is no variable'],
    [(of) => (containerOf(of).env[0].valueFrom.secretKeyRef.name = "other"), "there is no Secret other"],
    [(of) => (containerOf(of).envFrom = [{ configMapRef: { name: "other" } }]), "there is no ConfigMap other"],
  ],
  "mounts are of volumes, and volumes of what is there": [
    [(of) => (podOf(of).volumes = []), "there is no volume tmp"],
    [(of) => podOf(of).volumes.push({ name: "tmp", emptyDir: {} }), "two volumes are called tmp"],
    [(of) => containerOf(of).volumeMounts.push(containerOf(of).volumeMounts[0]), "/tmp is mounted twice"],
    [(of) => podOf(of).volumes.push({ name: "x", secret: { secretName: "other" } }), "there is no Secret other"],
    [
      (of) => podOf(of).volumes.push({ name: "x", persistentVolumeClaim: { claimName: "data" } }),
      "there is no claim data",
    ],
  ],
  "containers are told apart": [
    [(of) => (of("Job").spec.template.spec.containers[0].name = "Web"), '"Web" is no container\'s name'],
    [
      (of) => of("Job").spec.template.spec.containers.push(of("Job").spec.template.spec.containers[0]),
      "two containers are called",
    ],
  ],
  "pods run as an account that is there, and have no token of it": [
    [(of) => (podOf(of).serviceAccountName = "other"), "there is no ServiceAccount other"],
    [(of) => delete podOf(of).automountServiceAccountToken, "a token of the API server"],
  ],
  "images are named by their digests": [[(of) => (containerOf(of).image = "podcore:latest"), "another one tomorrow"]],
  "pods run on nodes that their images are built for": [
    [(of) => (podOf(of).nodeSelector = {}), "a node of another architecture"],
    [(of) => delete of("CronJob").spec.jobTemplate.spec.template.spec.nodeSelector, "a node of another architecture"],
  ],
  "pods keep to the restricted standard, on a root that is read-only": [
    [(of) => delete podOf(of).securityContext.runAsNonRoot, "its pod may run as root"],
    [(of) => delete containerOf(of).securityContext.runAsNonRoot, "it may run as root"],
    [(of) => (containerOf(of).securityContext.runAsNonRoot = false), "it may run as root"],
    [(of) => (podOf(of).securityContext.runAsUser = 0), "it runs as root"],
    [(of) => delete podOf(of).securityContext.seccompProfile, "everything of the kernel"],
    [(of) => (containerOf(of).securityContext.privileged = true), "it is privileged"],
    [(of) => delete containerOf(of).securityContext.allowPrivilegeEscalation, "more rights"],
    [(of) => delete containerOf(of).securityContext.readOnlyRootFilesystem, "write to its root"],
    [(of) => delete containerOf(of).securityContext.capabilities, "it has capabilities"],
    [(of) => (podOf(of).hostNetwork = true), "the host's namespaces"],
    [(of) => podOf(of).volumes.push({ name: "x", hostPath: { path: "/" } }), "the host's files"],
  ],
  "containers request what they need, and not more than they may have": [
    [(of) => (containerOf(of).resources.requests.memory = "1Gi"), "more memory than it may have"],
    [(of) => delete containerOf(of).resources.requests.memory, "requests no memory"],
    [(of) => delete containerOf(of).resources.limits, "has no limit"],
    [(of) => delete of("Job").spec.template.spec.containers[0].resources.requests.cpu, "requests no cpu"],
  ],
  "Jobs end": [
    [(of) => delete of("Job").spec.template.spec.restartPolicy, "restarted always"],
    [(of) => delete of("CronJob").spec.jobTemplate.spec.activeDeadlineSeconds, "for ever"],
  ],
  "a Job survives the disruption of its pod, and does not take it for its end": [
    [(of) => (of("Job").spec.template.spec.restartPolicy = "OnFailure"), "restart in their pod"],
    [(of) => delete of("Job").spec.podFailurePolicy, "a disrupted pod counts as failed"],
    [(of) => (of("Job").spec.podFailurePolicy.rules[0].action = "Count"), "a disrupted pod counts as failed"],
    [(of) => of("Job").spec.podFailurePolicy.rules[0].onPodConditions.push({ type: "Ready" }), "does not count"],
    [(of) => delete of("CronJob").spec.jobTemplate.spec.template.spec.initContainers, "has succeeded"],
    [(of) => delete of("CronJob").spec.jobTemplate.spec.template.metadata.annotations, "may interrupt it"],
  ],
  "a CronJob runs at times, one at a time": [
    [(of) => (of("CronJob").spec.schedule = "daily"), '"daily" is no schedule'],
    [(of) => (of("CronJob").spec.concurrencyPolicy = "Allow"), "two may run at once"],
  ],
  "a rollout replaces pods, and fails before the provider gives up": [
    [(of) => (of("Deployment").spec.strategy.rollingUpdate.maxSurge = 0), "no pod may be added"],
    [(of) => delete of("Deployment").spec.progressDeadlineSeconds, "not before that of the provider"],
  ],
  "a network policy is about pods, ports and addresses that there are": [
    [(of) => (policyOf(of).podSelector.matchLabels = { app: "other" }), "it selects no pod"],
    [(of) => (policyOf(of).ingress[0].ports[0].port = 9090), "has no port 9090"],
    [(of) => (policyOf(of).egress[0].ports[0].port = 99_999), "99999 is no port"],
    [(of) => (policyOf(of).ingress[0].from[0].ipBlock.cidr = "10.0.0.0"), '"10.0.0.0" is no range'],
    [(of) => (policyOf(of).policyTypes = ["Ingress"]), "its egress means nothing"],
  ],
  "a StatefulSet has its Service": [[(of) => (of("StatefulSet").spec.serviceName = "db"), "there is no Service db"]],
};

it("objects as they should be break no rule", () => {
  expect(brokenRules(exampleObjects())).toEqual([]);
});

it("every rule has an object that breaks it", () => {
  expect(Object.keys(WRONG)).toEqual(MANIFEST_RULES.map(({ name }) => name));
});

describe.each(Object.entries(WRONG))("%s", (rule, cases) => {
  it.each(cases.map(([break_, problem]) => [problem, break_] as const))("or else: %s", (problem, break_) => {
    const objects = exampleObjects();
    const of: Objects = (kind, name) =>
      objects.find((object) => object.kind === kind && (name === undefined || object.metadata.name === name));
    break_(of, objects);
    expect(
      brokenRules(objects)
        .filter((told) => told.startsWith(`${rule}: `))
        .join("\n"),
    ).toContain(problem);
  });
});
