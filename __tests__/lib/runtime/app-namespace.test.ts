import { AppNamespace, type AppNamespaceProps } from "../../../lib/runtime/app-namespace";
import { address, addresses, resource, synth } from "../../support/synth";

const make = (props: Partial<AppNamespaceProps> = {}) =>
  synth(
    (stack) =>
      new AppNamespace(stack, "app", {
        name: "podcore-production",
        app: "podcore",
        environment: "production",
        repository: "https://github.com/acme/podcore",
        ...props,
      }),
  );
const namespace = (props?: Partial<AppNamespaceProps>) => resource(make(props), "kubernetes_namespace_v1");
const serviceAccount = (props?: Partial<AppNamespaceProps>) => resource(make(props), "kubernetes_service_account_v1");

describe("with only what is required", () => {
  it("is a namespace and a service account", () => {
    expect(addresses(make()).map((resource) => resource.split(".")[0])).toEqual([
      "kubernetes_namespace_v1",
      "kubernetes_service_account_v1",
    ]);
  });

  it("is never destroyed, and all that is in it with it", () => {
    expect(namespace().lifecycle).toEqual({ prevent_destroy: true });
    expect(serviceAccount().lifecycle).toBeUndefined();
  });

  it("refuses pods that ask for more than the restricted standard", () => {
    expect(namespace().metadata).toEqual({
      name: "podcore-production",
      labels: {
        "app.kubernetes.io/name": "podcore",
        "app.kubernetes.io/managed-by": "drover",
        "drover/environment": "production",
        "pod-security.kubernetes.io/enforce": "restricted",
      },
      annotations: { "drover/repository": "https://github.com/acme/podcore" },
    });
  });

  it("has a service account of the app's name in it, which gives no pod a token", () => {
    expect(serviceAccount()).toMatchObject({
      metadata: {
        name: "podcore",
        namespace: "podcore-production",
        labels: { "app.kubernetes.io/name": "podcore", "drover/environment": "production" },
        annotations: { "drover/repository": "https://github.com/acme/podcore" },
      },
      automount_service_account_token: false,
    });
  });

  it("makes the service account after the namespace", () => {
    const json = make();
    expect(resource(json, "kubernetes_service_account_v1").depends_on).toEqual([
      address(json, "kubernetes_namespace_v1"),
    ]);
  });
});

it("preventDestroy: false lifts the guard, and changes nothing else", () => {
  const { lifecycle, ...rest } = namespace({ preventDestroy: false });
  expect(lifecycle).toEqual({ prevent_destroy: false });
  expect({ ...rest, lifecycle: { prevent_destroy: true } }).toEqual(namespace());
  expect(serviceAccount({ preventDestroy: false })).toEqual(serviceAccount());
});

it("podReadinessGates: true makes pods wait for the load balancer, and changes nothing else", () => {
  const { metadata, ...rest } = namespace({ podReadinessGates: true });
  const {
    "eks.amazonaws.com/pod-readiness-gate-inject": autoMode,
    "elbv2.k8s.aws/pod-readiness-gate-inject": controller,
    ...labels
  } = metadata.labels;
  expect([autoMode, controller]).toEqual(["enabled", "enabled"]);
  expect({ ...rest, metadata: { ...metadata, labels } }).toEqual(namespace());
});
