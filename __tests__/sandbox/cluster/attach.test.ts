import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Cloud } from "../../../sandbox/cloud/cloud";
import { foldersOf } from "../../../sandbox/folders";
import { attachCluster } from "../../../sandbox/run/cluster";
import { prepareFolders } from "../../../sandbox/run/environment";
import { temporaryFolder } from "../../support/folder";

const folders = foldersOf(temporaryFolder());
prepareFolders(folders);

/** A kubeconfig of a cluster that does not run. */
const file = join(folders.project, "kubeconfig");
writeFileSync(
  file,
  JSON.stringify({
    "current-context": "local",
    contexts: [{ name: "local", context: { cluster: "c", user: "u" } }],
    clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:9" } }],
    users: [{ name: "u", user: { token: "secret" } }],
  }),
);

const cloudWith = (...types: string[]) => {
  const cloud = new Cloud(join(temporaryFolder(), "objects.jsonl"));
  for (const type of types) cloud.note(type);
  return cloud;
};
const attach = (environment: NodeJS.ProcessEnv, cloud = cloudWith()) => attachCluster(folders, cloud, environment);

it("is none where none is named", async () => {
  expect(await attach({})).toBeUndefined();
  expect(await attach({ DROVER_SANDBOX_KUBECONFIG: "" })).toBeUndefined();
});

it("has to answer, and is forgotten where it does not", async () => {
  await expect(attach({ DROVER_SANDBOX_KUBECONFIG: file })).rejects.toThrow(
    /127\.0\.0\.1:9.*; is the cluster running\?/,
  );
  expect(existsSync(folders.kubeconfig)).toBe(false);
  expect(existsSync(folders.cluster)).toBe(false);
});

it("is not changed while there are objects, nor taken for the sandbox's own", async () => {
  const own = attach({ DROVER_SANDBOX_KUBECONFIG: file }, cloudWith("kubernetes_namespace_v1"));
  await expect(own).rejects.toThrow("are in the sandbox's own file: leave out DROVER_SANDBOX_KUBECONFIG");
  writeFileSync(folders.cluster, "https://127.0.0.1:1/\n");
  const other = attach({}, cloudWith("kubernetes_namespace_v1"));
  await expect(other).rejects.toThrow("are in the cluster https://127.0.0.1:1/: name that one");
  expect(await attach({}, cloudWith("aws_ecr_repository"))).toBeUndefined();
});

it("has to have the context that is named", async () => {
  const environment = { DROVER_SANDBOX_KUBECONFIG: file, DROVER_SANDBOX_CONTEXT: "other" };
  await expect(attach(environment)).rejects.toThrow('has no context "other"; it has local');
});
