import TABLE from "./kubernetes-types.json";

/** A kind of objects, as the API server knows it. */
export interface KubernetesKind {
  /** Such as "apps/v1". */
  readonly apiVersion: string;
  /** Such as "Deployment". */
  readonly kind: string;
  /** Structure of its objects, for {@link fieldOf}. */
  readonly type: string;
}

/** A field of a structure. */
export interface KubernetesField {
  /** Such as "containers". */
  readonly name: string;
  /**
   * A scalar (`string`, `number`, `boolean`, `int-or-string`, `quantity`, `time`, `file-mode`, `any`) or the name of a
   * structure; a list of them has `[]` in front, a map `{}`.
   */
  readonly type: string;
}

const STRUCTURES: Readonly<Record<string, Readonly<Record<string, string>>>> = TABLE.types;

const KINDS: readonly KubernetesKind[] = Object.entries(TABLE.kinds).map(([key, type]) => {
  const [apiVersion, kind] = key.split(" ") as [string, string];
  return { apiVersion, kind, type };
});

/** What the provider calls otherwise than Kubernetes, in lower case. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  "AppsV1DaemonSetSpec strategy": "updatestrategy",
  "CoreV1AzureDiskVolumeSource data_disk_uri": "diskuri",
  "CoreV1GlusterfsVolumeSource endpoints_name": "endpoints",
  "CoreV1RBDVolumeSource ceph_monitors": "monitors",
  "CoreV1RBDVolumeSource rados_user": "user",
  "CoreV1RBDVolumeSource rbd_image": "image",
  "CoreV1RBDVolumeSource rbd_pool": "pool",
  "StorageV1StorageClass storage_provisioner": "provisioner",
};

/** Numbers that the provider takes, and tells, in octal: "0440" is Kubernetes' 288. */
const FILE_MODES = ["defaultMode", "mode"];

/**
 * The kind of objects that a resource of Terraform's provider makes: `kubernetes_deployment_v1` makes a Deployment of
 * apps/v1.
 *
 * @returns nothing when the provider makes no object by that name, or one that Kubernetes no longer has
 */
export function kindOf(resource: string): KubernetesKind | undefined {
  // It makes an Ingress of extensions/v1beta1.
  if (resource === "kubernetes_ingress") return undefined;
  const [, name = "", version = "v1"] = resource.match(/^kubernetes_(\w+?)(?:_(v\d+))?$/) ?? [];
  return KINDS.find(({ apiVersion, kind }) => {
    const found = apiVersion.split("/").at(-1);
    return found === version && kind.toLowerCase() === name.replaceAll("_", "");
  });
}

/**
 * The field of a structure that an argument of Terraform's provider stands for. It names a field as Kubernetes does, in
 * another spelling, and a list in the singular: `volume_mount` is `volumeMounts`, and `cluster_ip` is `clusterIP`.
 *
 * @returns nothing when the structure has no such field
 */
export function fieldOf(structure: string, argument: string): KubernetesField | undefined {
  const fields = STRUCTURES[structure] ?? {};
  const wanted = OTHER_NAMES[`${structure} ${argument}`] ?? argument.replaceAll("_", "");
  const spellings = [wanted, `${wanted}s`, `${wanted}es`, wanted.replace(/y$/, "ies")];
  const name = spellings.flatMap((spelling) => Object.keys(fields).filter((one) => one.toLowerCase() === spelling))[0];
  const type = name === undefined ? undefined : fields[name];
  if (name === undefined || type === undefined) return undefined;
  return { name, type: type === "number" && FILE_MODES.includes(name) ? "file-mode" : type };
}

/** All fields of a structure, with their types; nothing for a scalar. */
export function fieldsOf(structure: string): Readonly<Record<string, string>> | undefined {
  return STRUCTURES[structure];
}
