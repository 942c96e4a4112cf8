import { PostgresDatabase, type PostgresDatabaseProps } from "../../../lib/runtime/postgres-database";
import { address, type Body, resource, resources, type StackJson, synth, workOf } from "../../support/synth";

const NAMESPACE = "podcore-production-database";
const IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/drover-builder:postgres-17-0123456789ab";

const make = (props: Partial<PostgresDatabaseProps> = {}) =>
  synth(
    (stack) =>
      new PostgresDatabase(stack, "postgres", {
        app: "podcore",
        environment: "production",
        repository: "https://github.com/acme/podcore",
        namespace: NAMESPACE,
        serviceAccount: "podcore",
        clients: ["podcore-production"],
        image: IMAGE,
        volumePath: "/var/lib/postgresql",
        credentials: { name: "postgres", revision: "7" },
        dumps: { bucket: "podcore-production-db", region: "eu-central-1" },
        ...props,
      }),
  );

/** The object of a type by its name, wherever the type has several. */
const named = (json: StackJson, type: string, name: string): Body =>
  Object.values(resources(json, type)).find(({ metadata }) => metadata.name === name) ?? {};
const server = (json: StackJson) => resource(json, "kubernetes_stateful_set_v1");
const serverPod = (json: StackJson): Body => server(json).spec.template;
const job = (json: StackJson, name: string): Body => named(json, "kubernetes_cron_job_v1", name).spec;
const jobPod = (json: StackJson, name: string): Body => job(json, name).job_template.spec.template;
const imageJob = (json: StackJson): Body => resource(json, "kubernetes_job_v1");
/** The container that runs the server, or does the work of a Job. */
const main = ({ spec }: Body) => (spec.init_container ? workOf(spec) : spec.container[0]);
const variables = (pod: Body) => Object.fromEntries(main(pod).env.map(({ name, value }: Body) => [name, value]));

describe("with only what is required", () => {
  const json = make();
  const pods = [serverPod(json), jobPod(json, "dump"), jobPod(json, "restore")];

  it("puts everything into the one namespace", () => {
    const all = Object.values(json.resource ?? {}).flatMap((objects) => Object.values(objects));
    expect(all).toHaveLength(10);
    for (const { metadata } of all) expect(metadata.namespace).toBe(NAMESPACE);
  });

  it("serves at the Service postgres", () => {
    const { metadata, spec } = resource(json, "kubernetes_service_v1");
    const { metadata: pod, spec: podSpec } = serverPod(json);
    expect(metadata.name).toBe("postgres");
    expect(spec.port).toEqual([{ name: "postgres", port: 5432, target_port: "postgres" }]);
    expect(podSpec.container[0].port).toEqual([{ name: "postgres", container_port: 5432 }]);
    expect(pod.labels).toMatchObject(spec.selector);
    expect(server(json).spec.selector.match_labels).toEqual(spec.selector);
    expect(server(json).spec.service_name).toBe("postgres");
  });

  it("never lets the Service lead to a dump", () => {
    const { selector } = resource(json, "kubernetes_service_v1").spec;
    for (const name of ["dump", "restore"]) expect(jobPod(json, name).metadata.labels).not.toMatchObject(selector);
  });

  it("keeps the data on a volume of 1 GiB, which no edit destroys", () => {
    const { metadata, spec, lifecycle, wait_until_bound } = resource(json, "kubernetes_persistent_volume_claim_v1");
    expect(spec).toEqual({ access_modes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } });
    expect(lifecycle.prevent_destroy).toBe(true);
    expect(wait_until_bound).toBe(false);
    const { container, volume } = serverPod(json).spec;
    expect(container[0].volume_mount).toContainEqual({ name: "data", mount_path: "/var/lib/postgresql" });
    expect(volume).toContainEqual({
      name: "data",
      persistent_volume_claim: { claim_name: metadata.name },
    });
  });

  it("keeps the annotation of `kubectl rollout restart`, and no other annotation of others", () => {
    expect(resource(json, "kubernetes_stateful_set_v1").lifecycle.ignore_changes).toEqual([
      'spec[0].template[0].metadata[0].annotations["kubectl.kubernetes.io/restartedAt"]',
    ]);
  });

  it("leaves a volume its class, whichever the platform names later", () => {
    const { lifecycle } = resource(make({ storageClass: "gp3" }), "kubernetes_persistent_volume_claim_v1");
    expect(lifecycle.ignore_changes).toEqual(["spec[0].storage_class_name"]);
  });

  it("finds out whether its image is there before it touches the server", () => {
    const { metadata, spec, wait_for_completion } = imageJob(json);
    expect(metadata.name).toMatch(/^image-[0-9a-f]{10}$/);
    expect(wait_for_completion).toBe(true);
    expect(workOf(spec.template.spec)).toMatchObject({ image: IMAGE, command: ["pg_isready", "--version"] });
    expect(spec.active_deadline_seconds).toBe(300);
    expect(server(json).depends_on).toContain(address(json, "kubernetes_job_v1"));
    const other = imageJob(make({ image: `${IMAGE}0` })).metadata.name;
    expect(other).not.toBe(metadata.name);
  });

  it("runs one server, which is ready when it answers over the network", () => {
    expect(server(json).spec.replicas).toBe("1");
    expect(serverPod(json).spec.container[0].readiness_probe.exec.command).toEqual([
      "pg_isready",
      "--quiet",
      "--host",
      "127.0.0.1",
    ]);
    expect(server(json).depends_on).toContain(address(json, "kubernetes_persistent_volume_claim_v1"));
  });

  it("keeps the restricted Pod Security Standard in every pod, with a root that is read-only", () => {
    for (const { spec } of [...pods, imageJob(json).spec.template]) {
      expect(spec.automount_service_account_token).toBe(false);
      expect(spec.security_context).toMatchObject({ run_as_non_root: true, run_as_user: "65532", fs_group: "65532" });
      expect(spec.container).toHaveLength(1);
      expect(spec.container[0].security_context).toEqual({
        run_as_non_root: true,
        privileged: false,
        allow_privilege_escalation: false,
        read_only_root_filesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      expect(spec.container[0].image).toBe(IMAGE);
    }
  });

  it("tells every pod the name and, in a file, the password", () => {
    for (const pod of pods) {
      expect(variables(pod)).toMatchObject({ PGDATABASE: "podcore", PASSWORD_FILE: "/run/secrets/postgres/password" });
      const { secret, name } = pod.spec.volume.find(({ secret }: Body) => secret);
      expect(secret).toEqual({ secret_name: "postgres", default_mode: "0440", optional: false });
      expect(main(pod).volume_mount).toContainEqual({
        name,
        mount_path: "/run/secrets/postgres",
        read_only: true,
      });
    }
  });

  it("is started anew with another password", () => {
    expect(serverPod(json).metadata.annotations).toMatchObject({ "drover/secret-revision": "7" });
  });

  it("asks Karpenter to leave the node of each pod alone", () => {
    for (const { metadata } of [...pods, imageJob(json).spec.template]) {
      expect(metadata.annotations).toMatchObject({ "karpenter.sh/do-not-disrupt": "true" });
    }
  });

  it("dumps and restores again where it fails, twice", () => {
    for (const name of ["dump", "restore"]) expect(job(json, name).job_template.spec.backoff_limit).toBe(2);
  });

  it("is dumped each night, one dump at a time, by pods with an account of their own", () => {
    expect(job(json, "dump")).toMatchObject({ timezone: "Etc/UTC", suspend: false, concurrency_policy: "Forbid" });
    expect(job(json, "dump").job_template.spec.active_deadline_seconds).toBe(21_600);
    expect(job(json, "dump").schedule).toMatch(/^[0-5]?\d 3 \* \* \*$/);
    const { spec } = jobPod(json, "dump");
    expect(workOf(spec).args).toEqual(["dump"]);
    expect(spec.service_account_name).toBe("dump");
    expect(serverPod(json).spec.service_account_name).toBe("podcore");
    expect(variables(jobPod(json, "dump"))).toMatchObject({
      PGHOST: "postgres",
      DUMP_BUCKET: "podcore-production-db",
      AWS_REGION: "eu-central-1",
    });
  });

  it("dumps another database at another minute", () => {
    const minutes = ["a", "b", "c"].map((name) => job(make({ namespace: name }), "dump").schedule);
    expect(new Set(minutes).size).toBeGreaterThan(1);
    expect(job(make(), "dump").schedule).toBe(job(json, "dump").schedule);
  });

  it("has a Job that restores it, for somebody to start, which no clock ever starts", () => {
    expect(job(json, "restore").suspend).toBe(true);
    expect(workOf(jobPod(json, "restore").spec).args).toEqual(["restore"]);
    expect(variables(jobPod(json, "restore"))).toEqual(variables(jobPod(json, "dump")));
  });

  it("lets in the app and the dumps, and reaches nobody", () => {
    const { spec } = named(json, "kubernetes_network_policy_v1", "postgres");
    expect(serverPod(json).metadata.labels).toMatchObject(spec.pod_selector.match_labels);
    expect(spec.policy_types).toEqual(["Ingress", "Egress"]);
    expect(spec.egress).toBeUndefined();
    const [{ from, ports }, ...others] = spec.ingress;
    expect(others).toEqual([]);
    expect(ports).toEqual([{ protocol: "TCP", port: "5432" }]);
    expect(from[0]).toEqual({
      namespace_selector: { match_labels: { "kubernetes.io/metadata.name": "podcore-production" } },
    });
    expect(jobPod(json, "dump").metadata.labels).toMatchObject(from[1].pod_selector.match_labels);
    expect(from).toHaveLength(2);
  });

  it("lets dumps reach the server, S3 and what gives them their role, and nothing else inside", () => {
    const { spec } = named(json, "kubernetes_network_policy_v1", "dump");
    for (const name of ["dump", "restore"]) {
      expect(jobPod(json, name).metadata.labels).toMatchObject(spec.pod_selector.match_labels);
    }
    expect(spec.ingress).toBeUndefined();
    const [dns, privateDns, agent, database, internet, ...others] = spec.egress;
    expect(others).toEqual([]);
    expect(dns.to).toBeUndefined();
    for (const { ports } of [dns, privateDns]) expect(ports.map(({ port }: Body) => port)).toEqual(["53", "53"]);
    const [ipv4, ipv6] = internet.to.map(({ ip_block }: Body) => ip_block);
    expect(ipv4.cidr).toBe("0.0.0.0/0");
    expect(ipv4.except).toEqual(expect.arrayContaining(["10.0.0.0/8", "172.16.0.0/12", "169.254.0.0/16"]));
    expect(ipv6).toEqual({ cidr: "2000::/3" });
    expect(privateDns.to.map(({ ip_block }: Body) => ip_block.cidr)).toEqual(ipv4.except);
    expect(serverPod(json).metadata.labels).toMatchObject(database.to[0].pod_selector.match_labels);
    expect(agent.to[0]).toEqual({ ip_block: { cidr: "169.254.170.23/32" } });
    expect(internet.ports).toEqual([{ protocol: "TCP", port: "443" }]);
  });
});

it("lets no other pod of its namespace in or out", () => {
  const { spec } = named(make(), "kubernetes_network_policy_v1", "default");
  expect(spec).toEqual({ pod_selector: {}, policy_types: ["Ingress", "Egress"] });
});

it("dumpDestinations and privateRanges: dumps reach the ones, and of the others DNS only", () => {
  const dumpDestinations = [{ cidr: "10.0.0.0/16", ports: [443] }];
  const json = make({ dumpDestinations, privateRanges: ["2001:db8::/56"] });
  const { egress } = named(json, "kubernetes_network_policy_v1", "dump").spec;
  expect(egress).toContainEqual({
    to: [{ ip_block: { cidr: "10.0.0.0/16" } }],
    ports: [{ port: "443", protocol: "TCP" }],
  });
  expect(egress.at(-1).to).toContainEqual({ ip_block: { cidr: "2000::/3", except: ["2001:db8::/56"] } });
  expect(egress[1].to).toContainEqual({ ip_block: { cidr: "2001:db8::/56" } });
  expect(named(json, "kubernetes_network_policy_v1", "postgres").spec.egress).toBeUndefined();
});

it("size and storageClass", () => {
  const { spec } = resource(make({ size: "20Gi", storageClass: "gp3" }), "kubernetes_persistent_volume_claim_v1");
  expect(spec).toMatchObject({ storage_class_name: "gp3", resources: { requests: { storage: "20Gi" } } });
});

it("resources", () => {
  const { container } = serverPod(make({ resources: { cpu: "1", memory: "2Gi", memoryLimit: "3Gi" } })).spec;
  expect(container[0].resources).toEqual({ requests: { cpu: "1", memory: "2Gi" }, limits: { memory: "3Gi" } });
});

it("clients", () => {
  const { spec } = named(make({ clients: ["a", "b"] }), "kubernetes_network_policy_v1", "postgres");
  expect(spec.ingress[0].from).toHaveLength(3);
});

it("dumpSchedule", () => {
  expect(job(make({ dumpSchedule: "0 */6 * * *" }), "dump").schedule).toBe("0 */6 * * *");
});

it("preventDestroy: false", () => {
  const json = make({ preventDestroy: false });
  expect(resource(json, "kubernetes_persistent_volume_claim_v1").lifecycle.prevent_destroy).toBe(false);
});

it("after", () => {
  const json = make({ after: [{ fqn: "kubernetes_namespace_v1.database" }] });
  for (const objects of Object.values(json.resource ?? {})) {
    for (const { depends_on } of Object.values(objects)) {
      expect(depends_on).toContain("kubernetes_namespace_v1.database");
    }
  }
});
