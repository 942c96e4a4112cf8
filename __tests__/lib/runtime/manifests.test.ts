import { parseAllDocuments } from "yaml";
import { ManifestError, manifestsOf, printManifests } from "../../../lib/runtime/manifests";

const metadata = { name: "web", namespace: "podcore-production" };
const RESOURCES = {
  kubernetes_ingress_v1: { web: { metadata } },
  kubernetes_service_v1: {
    web: { metadata: { ...metadata, namespace: "${kubernetes_namespace_v1.app.metadata[0].name}" } },
  },
  kubernetes_namespace_v1: { app: { metadata: { name: "podcore-production" } } },
  aws_ecr_repository: { images: { name: "podcore" } },
};

const printed = (resources: Parameters<typeof manifestsOf>[0]) => printManifests(manifestsOf(resources));

it("are sorted so that what others need comes first, and the same each time", () => {
  const kinds = manifestsOf(RESOURCES).map(({ object }) => object.kind);
  expect(kinds).toEqual(["Namespace", "Service", "Ingress"]);
  const reversed = Object.fromEntries(Object.entries(RESOURCES).reverse());
  expect(printed(reversed)).toBe(printed(RESOURCES));
});

it("know what another resource of the stack says", () => {
  const service = manifestsOf(RESOURCES)[1];
  expect(service).toMatchObject({ address: "kubernetes_service_v1.web", object: { metadata } });
});

it("are documents of YAML that say the same to every reader", () => {
  const labels = { a: "yes", b: "0123", c: "1e3", d: "null", e: "12:30", f: "true" };
  const text = printed({ kubernetes_service_account_v1: { web: { metadata: { ...metadata, labels } } } });
  expect(text).toMatch(/^---\napiVersion: v1\nkind: ServiceAccount\n/);
  for (const version of ["1.1", "1.2"] as const) {
    const [document] = parseAllDocuments(text, { version });
    expect(document?.toJS()).toMatchObject({ metadata: { ...metadata, labels } });
  }
});

it("name the keys of a Secret, and hold none of its data", () => {
  const body = { metadata, data: { TOKEN: "plain" }, data_wo: { KEY: "${ephemeral.x.y}" }, data_wo_revision: 3 };
  const text = printed({ kubernetes_secret_v1: { web: body } });
  expect(text).toContain("# Its keys are KEY, TOKEN; the values are not printed.");
  expect(text).not.toMatch(/plain|cGxhaW4|^data:|ephemeral/m);
});

it("name the keys that pods read, where only a deploy knows which there are", () => {
  const env = [{ name: "TOKEN", value_from: { secret_key_ref: { name: "podcore", key: "TOKEN" } } }];
  const template = { spec: { container: [{ name: "web", env }] } };
  const text = printed({
    kubernetes_secret_v1: {
      podcore: { metadata: { ...metadata, name: "podcore" }, data_wo: "${{ for x in y : x => z }}" },
    },
    kubernetes_deployment_v1: { web: { metadata, spec: { template } } },
  });
  expect(text).toContain("# Its keys are TOKEN; the values are not printed.");
  expect(text).not.toContain("Left out");
});

it("say what was left out", () => {
  const annotations = { "drover/secrets": "${sha256(data.x.y)}" };
  const text = printed({ kubernetes_service_account_v1: { web: { metadata: { ...metadata, annotations } } } });
  expect(text).toContain("# Left out, as only a deploy knows it: metadata.annotations.drover/secrets\n");
});

it("are refused with all that is wrong", () => {
  const resources = {
    kubernetes_deployment_v1: { web: { metadata, spec: { revision_history_limit: "${var.x}", nonsense: 1 } } },
    kubernetes_labels: { some: { metadata } },
  };
  expect(() => manifestsOf(resources)).toThrow(ManifestError);
  expect(() => manifestsOf(resources)).toThrow(
    /kubernetes_deployment_v1\.web {2}spec\.revision_history_limit: .*\n.*spec\.nonsense: .*\n {2}kubernetes_labels\.some is no object/,
  );
});
