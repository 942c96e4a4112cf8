import { TerraformLocal } from "cdktf";
import { manifestOf } from "../../../lib/runtime/manifest";
import { Workload, type WorkloadProps } from "../../../lib/runtime/workload";
import { address, type Body, resource, resources, type StackJson, synth } from "../../support/synth";

const PROPS: WorkloadProps = {
  app: "podcore",
  environment: "production",
  repository: "https://github.com/acme/podcore",
  process: "web",
  namespace: "podcore-production",
  serviceAccount: "podcore",
  image: "registry/podcore@sha256:0",
  port: 8080,
  replicas: { min: 2, max: 6, cpu: 70 },
};

const make = (props: Partial<WorkloadProps> = {}) =>
  synth((stack) => new Workload(stack, "process-web", { ...PROPS, ...props }));
const reading = (json: StackJson) => {
  const [[name, body] = []] = Object.entries<Body>((json as Body).data.kubernetes_resources);
  return { address: `data.kubernetes_resources.${name}`, body: body as Body };
};
const input = (json: StackJson): string => resource(json, "terraform_data").input;

describe("the pods of an autoscaled Deployment", () => {
  const json = make();
  const { address: live, body } = reading(json);
  const { replicas } = resource(json, "kubernetes_deployment_v1").spec;

  it("are as many as the cluster has: its own Deployment is read, and no other", () => {
    expect(body).toMatchObject({
      api_version: "apps/v1",
      kind: "Deployment",
      namespace: "podcore-production",
      label_selector: "app.kubernetes.io/name=podcore,app.kubernetes.io/component=web",
    });
    expect(replicas).toContain(`${live}.objects`);
    expect(replicas).toContain('if one.metadata.name == "web"');
  });

  it("are within the bounds, or none where somebody stopped the process, and the fewest where it is new", () => {
    const count = `[for one in ${live}.objects[*] : one.spec.replicas if one.metadata.name == "web"][0]`;
    expect(replicas.replaceAll(count, "N")).toBe('${try(tostring(N == 0 ? 0 : min(max(N, 2), 6)), "2")}');
  });

  it("are read in the apply where the Deployment is about to change, and after everything that it waits for", () => {
    expect(body.depends_on).toEqual([address(json, "terraform_data")]);
    const { depends_on } = resource(json, "terraform_data");
    expect(depends_on).toEqual(resource(json, "kubernetes_deployment_v1").depends_on);
    expect(depends_on).not.toHaveLength(0);
  });

  it.each<[string, Partial<WorkloadProps>]>([
    ["image", { image: "registry/podcore@sha256:1" }],
    ["version", { version: "a" }],
    ["bounds", { replicas: { min: 2, max: 7, cpu: 70 } }],
    ["variables", { env: { A: "1" } }],
    ["probes", { liveness: { path: "/live" } }],
    ["resources", { resources: { cpu: "1", memory: "64Mi", memoryLimit: "256Mi" } }],
  ])("are read in the apply of a release with another: %s", (_, props) => {
    expect(input(make(props))).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(input(make(props))).not.toBe(input(json));
  });

  it("are read in the plan where the Deployment does not change, whatever else does", () => {
    expect(input(make())).toBe(input(json));
    expect(input(make({ hosts: ["podcore.example.com"], ingressClass: "traefik" }))).toBe(input(json));
    expect(input(make({ replicas: { min: 2, max: 6, cpu: 50 } }))).toBe(input(json));
  });

  it("are read in the apply where a value changes that only Terraform knows", () => {
    const withSecret = (before: number) =>
      synth((stack) => {
        for (let index = 0; index < before; index++) new TerraformLocal(stack, `other-${index}`, index).asString;
        const revision = new TerraformLocal(stack, "revision", "7").asString;
        new Workload(stack, "process-web", { ...PROPS, secret: { name: "s", variables: ["A"], revision } });
      });
    expect(input(withSecret(0))).toMatch(/^sha256:[0-9a-f]{64} \$\{local\.revision\}$/);
    expect(input(withSecret(3))).toBe(input(withSecret(0)));
  });

  it("are for the autoscaler to say in a manifest", () => {
    const manifest = manifestOf("kubernetes_deployment_v1", resource(json, "kubernetes_deployment_v1"));
    expect(manifest).toMatchObject({ leftOut: ["spec.replicas"], issues: [] });
    expect(manifest?.object.spec).not.toHaveProperty("replicas");
  });
});

it("the pods of other Deployments are as many as they say", () => {
  const json = make({ replicas: 3 });
  expect(resource(json, "kubernetes_deployment_v1").spec.replicas).toBe("3");
  expect(resources(json, "terraform_data")).toEqual({});
  expect(json).not.toHaveProperty("data");
});
