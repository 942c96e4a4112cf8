import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KubernetesObject } from "../../lib/runtime/manifest";
import { manifestsOf } from "../../lib/runtime/manifests";
import { ROOT } from "../support/program";
import { type Body, workOf } from "../support/synth";
import { synthFleet } from "../support/synth-fleet";

/** The objects of an example's stack in production, by kind and name. */
function objectsOf(example: string, stack = "production") {
  const read = (name: string) => readFileSync(join(ROOT, "examples", example, `${name}.json`), "utf8");
  const fleet = synthFleet({ apps: read("apps"), platform: read("platform"), releases: read("releases") });
  const objects = manifestsOf(fleet.stack(`${example}-${stack}`).resource ?? {}).map(({ object }) => object);
  return {
    names: (kind: string) =>
      objects
        .filter((object) => object.kind === kind)
        .map(({ metadata }) => metadata.name)
        .sort(),
    find: (kind: string, name: string): Body => {
      const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
      if (found === undefined) throw new Error(`no ${kind} ${name}`);
      return found;
    },
    all: (kind: string) => objects.filter((object) => object.kind === kind),
  };
}

const podOf = ({ spec }: Body | KubernetesObject): Body => (spec as Body).template.spec;
const hostsOf = ({ spec }: Body): string[] => spec.rules.map(({ host }: Body) => host);

describe("the podcast service", () => {
  const { names, find, all } = objectsOf("podcast");

  it("is five processes of one image, by digest", () => {
    expect(names("Deployment")).toEqual(["api", "clean", "crawl", "web", "work"]);
    const containers = all("Deployment").map((deployment) => podOf(deployment).containers[0]);
    expect(new Set(containers.map(({ image }) => image)).size).toBe(1);
    expect(containers[0].image).toMatch(/\/podcast@sha256:[0-9a-f]{64}$/);
    expect(containers.map(({ name, args }) => [name, args])).toEqual(containers.map(({ name }) => [name, [name]]));
  });

  it("listens at 8082 and 8083, under two hosts, with two pods each", () => {
    expect(names("Service")).toEqual(["api", "web"]);
    for (const [name, port, host] of [
      ["api", 8082, "api.podcast.example.com"],
      ["web", 8083, "podcast.example.com"],
    ] as const) {
      expect(podOf(find("Deployment", name)).containers[0].ports).toMatchObject([
        { name: "http", containerPort: port },
      ]);
      expect(find("Deployment", name).spec.replicas).toBe(2);
      expect(hostsOf(find("Ingress", name))).toEqual([host]);
    }
    expect(names("PodDisruptionBudget")).toEqual(["api", "web"]);
    expect(names("NetworkPolicy")).toEqual(["api-ingress", "default", "web-ingress"]);
  });

  it("has three workers, of each of which there is one at any time", () => {
    expect(names("Ingress")).toEqual(["api", "web"]);
    for (const name of ["clean", "crawl", "work"]) {
      expect(find("Deployment", name).spec).toMatchObject({ replicas: 1, strategy: { type: "Recreate" } });
    }
  });
});

describe("the variables service", () => {
  const { names, find, all } = objectsOf("variables");
  const database = objectsOf("variables", "production-database");

  it("has a database on a volume of 1 GiB, which is dumped every day", () => {
    expect(database.names("StatefulSet")).toEqual(["postgres"]);
    expect(database.find("PersistentVolumeClaim", "data").spec.resources.requests).toEqual({ storage: "1Gi" });
    expect(database.find("CronJob", "dump").spec.schedule).toMatch(/^\d+ 3 \* \* \*$/);
  });
  const WAIT = ["/usr/local/bin/drover-helper", "wait", "postgres.variables-production-database", "5432"];

  it("has two replicas, which wait for the database", () => {
    expect(names("Deployment")).toEqual(["web"]);
    expect(find("Deployment", "web").spec).toMatchObject({
      replicas: 2,
      strategy: { rollingUpdate: { maxUnavailable: 0 } },
    });
    const [wait] = podOf(find("Deployment", "web")).initContainers;
    expect(wait.command.slice(0, 4)).toEqual(WAIT);
  });

  it("migrates once, in a Job that waits for the database, too", () => {
    const [job, ...others] = all("Job");
    expect(others).toEqual([]);
    const pod = podOf(job as KubernetesObject);
    expect(workOf(pod).command).toEqual(["variables", "migrate"]);
    expect(pod.initContainers[0].command.slice(0, 4)).toEqual(WAIT);
    expect(workOf(pod).image).toBe(podOf(find("Deployment", "web")).containers[0].image);
  });

  it("may reach its database", () => {
    expect(JSON.stringify(find("NetworkPolicy", "default").spec.egress)).toContain("variables-production-database");
  });
});

describe("the booking server", () => {
  const { names, find } = objectsOf("booking-server");
  const { containers, terminationGracePeriodSeconds } = podOf(find("Deployment", "web"));

  it("is one process at port 3000, under its own host", () => {
    expect(names("Deployment")).toEqual(["web"]);
    expect(containers[0].ports).toMatchObject([{ name: "http", containerPort: 3000 }]);
    expect(find("Service", "web").spec.ports).toMatchObject([{ name: "http", port: 80, targetPort: "http" }]);
    expect(hostsOf(find("Ingress", "web"))).toEqual(["booking-server.example.com"]);
    expect([...names("Job"), ...names("CronJob")]).toEqual([]);
  });

  it("gets requests when its port can be reached, from a load balancer that takes any answer below 500", () => {
    expect(containers[0].readinessProbe.tcpSocket).toEqual({ port: "http" });
    expect(find("Ingress", "web").metadata.annotations).toMatchObject({
      "alb.ingress.kubernetes.io/success-codes": "200-499",
    });
  });

  it("has memory fit for Rust, and time to end", () => {
    expect(containers[0].resources).toEqual({
      requests: { cpu: "50m", memory: "64Mi" },
      limits: { memory: "256Mi" },
    });
    expect(containers[0].lifecycle.preStop.exec.command.at(-1)).toBe("20");
    expect(terminationGracePeriodSeconds).toBe(20 + 30 + 5);
  });
});

it("the table of the documentation names every example", () => {
  const text = readFileSync(join(ROOT, "docs", "three-services.md"), "utf8");
  for (const example of ["podcast", "variables", "booking-server"]) {
    expect(text).toContain(`(../examples/${example}/apps.json)`);
  }
});
