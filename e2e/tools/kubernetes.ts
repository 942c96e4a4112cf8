import { join } from "node:path";
import { TOOLS_FOLDER } from "./folder";
import { goPrograms, requiredVersion } from "./go-module";

/** The programs of a cluster; paths. */
export interface KubernetesPrograms {
  /** etcd, the control plane, what runs on a node, and what a provider adds; the component's name comes first. */
  readonly components: string;
  readonly coredns: string;
  /** Holds a pod's namespaces; for an image that has nothing else. */
  readonly pause: string;
  /** A web server, for an image that has nothing else. */
  readonly echo: string;
}

/** The Go module that pins Kubernetes, CoreDNS, and the checksums of all that they are built from. */
const MODULE = join(TOOLS_FOLDER, "kubernetes");

/** Kubernetes and CoreDNS, built once from source (8 to 15 minutes on two cores). */
export async function kubernetesPrograms(): Promise<KubernetesPrograms> {
  const version = requiredVersion(MODULE, "k8s.io/kubernetes");
  const [, major = "", minor = ""] = version.match(/^v(\d+)\.(\d+)\./) ?? [];
  const folder = await goPrograms({
    name: "kubernetes",
    folder: MODULE,
    packages: "./...",
    variables: {
      "k8s.io/component-base/version.gitVersion": version,
      "k8s.io/component-base/version.gitMajor": major,
      "k8s.io/component-base/version.gitMinor": minor,
    },
  });
  return {
    components: join(folder, "components"),
    coredns: join(folder, "coredns"),
    pause: join(folder, "pause"),
    echo: join(folder, "echo"),
  };
}
