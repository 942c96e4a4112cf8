import { existsSync, readFileSync } from "node:fs";
import { loadFleet } from "../../lib/fleet/load";
import { foldersOf } from "../../sandbox/folders";
import { childEnvironment, prepareFolders } from "../../sandbox/run/environment";
import { sandboxPlatform, writeSandboxPlatform } from "../../sandbox/run/platform-file";
import { writeFleet } from "../support/fleet-files";
import { temporaryFolder } from "../support/folder";

const folders = foldersOf(temporaryFolder());

describe("the environment of a run", () => {
  const user = {
    PATH: "/usr/bin",
    HOME: "/home/somebody",
    AWS_ACCESS_KEY_ID: "secret",
    AWS_PROFILE: "secret",
    AWS_ENDPOINT_URL: "secret",
    GITHUB_TOKEN: "secret",
    GH_TOKEN: "secret",
    KUBECONFIG: "secret",
    KUBE_TOKEN: "secret",
    TF_VAR_password: "secret",
    TF_CLI_ARGS_apply: "secret",
    TF_WORKSPACE: "secret",
    TF_DATA_DIR: "secret",
    TF_CLI_CONFIG_FILE: "secret",
    TF_TOKEN_app_terraform_io: "secret",
    TF_LOG: "secret",
    CDKTF_CONTEXT_JSON: "secret",
    DROVER_PLATFORM: "secret",
    NPM_TOKEN: "secret",
    VAULT_TOKEN: "secret",
  };
  const environment = childEnvironment(folders, "{}", user);

  it("has nothing of the user's but what programs need to start", () => {
    expect(JSON.stringify(environment)).not.toContain("secret");
    expect(environment).toMatchObject({ PATH: "/usr/bin" });
  });

  it("names places in the sandbox alone", () => {
    const places = ["HOME", "KUBECONFIG", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "TF_CLI_CONFIG_FILE"];
    for (const name of [...places, "CDKTF_OUTPUT", "CDKTF_HOME", "DROVER_PLATFORM"]) {
      expect(environment[name]).toMatch(new RegExp(`^${folders.root}/`));
    }
  });

  it("leads to the sandbox, and nowhere to call home", () => {
    expect(environment).toMatchObject({ TF_REATTACH_PROVIDERS: "{}", CHECKPOINT_DISABLE: "1" });
  });

  it("keeps the choice of OpenTofu", () => {
    expect(childEnvironment(folders, "{}", { TERRAFORM_BINARY_NAME: "tofu" }).TERRAFORM_BINARY_NAME).toBe("tofu");
  });

  it("finds its places", () => {
    prepareFolders(folders);
    expect(existsSync(folders.state)).toBe(true);
    expect(readFileSync(folders.terraformConfig, "utf8")).not.toContain("provider_installation");
  });
});

describe("the platform of a run", () => {
  const platform = {
    $schema: "./schemas/platform.schema.json",
    github: { owner: "acme", connectionArn: "arn:aws:codeconnections:eu-west-1:111122223333:connection/1" },
    aws: { accountId: "111122223333", region: "eu-west-1" },
    state: { bucket: "acme-state", prefix: "drover" },
    environments: {
      staging: { domain: "staging.example.com" },
      production: {
        domain: "example.com",
        context: "arn:aws:eks:…",
        kubeconfig: "~/.kube/config",
        ingress: { class: "x" },
      },
    },
  };

  it("has no account, no state and no cluster of the user's", () => {
    expect(sandboxPlatform(platform, folders)).toEqual({
      github: { owner: "acme", connectionArn: "arn:aws:codeconnections:eu-west-1:000000000000:connection/1" },
      aws: { accountId: "000000000000", region: "eu-west-1", iamPropagationSeconds: 0 },
      state: { directory: ".sandbox/state" },
      environments: {
        staging: { domain: "staging.example.com", context: "sandbox", kubeconfig: ".sandbox/kubeconfig" },
        production: {
          domain: "example.com",
          context: "sandbox",
          kubeconfig: ".sandbox/kubeconfig",
          ingress: { class: "x" },
        },
      },
    });
  });

  it("is read by the loader", () => {
    const project = temporaryFolder();
    writeFleet(project);
    const own = foldersOf(project);
    prepareFolders(own);
    writeSandboxPlatform(JSON.parse(readFileSync(`${project}/platform.json`, "utf8")), own);
    const fleet = loadFleet({ directory: project, platform: own.platform });
    expect(fleet.platform).toMatchObject({ accountId: "000000000000", state: { directory: ".sandbox/state" } });
  });
});
