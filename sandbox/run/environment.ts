import { mkdirSync, writeFileSync } from "node:fs";
import type { Folders } from "../folders";

/**
 * What a program that the sandbox starts may know of the user's environment. Everything else is left out: credentials
 * of clouds, variables and options of Terraform, places of configuration files.
 */
const KEPT = [
  ...["PATH", "PATHEXT", "SHELL", "ComSpec", "SystemRoot", "USER", "LOGNAME"],
  ...["TMPDIR", "TMP", "TEMP", "LANG", "LC_ALL", "LC_CTYPE", "TZ"],
  ...["TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "CI"],
  // Version managers start the real Terraform by what these say.
  ...["ASDF_DIR", "ASDF_DATA_DIR", "ASDF_TERRAFORM_VERSION", "ASDF_OPENTOFU_VERSION", "MISE_DATA_DIR"],
  ...["TENV_ROOT", "TFENV_ROOT", "TFENV_TERRAFORM_VERSION", "TOFUENV_ROOT"],
  "TERRAFORM_BINARY_NAME",
];

/**
 * The environment for whatever runs against the sandbox.
 *
 * @param attachment how Terraform reaches the sandbox's providers
 * @param user the environment of whoever started the sandbox
 */
export function childEnvironment(
  folders: Folders,
  attachment: string,
  user: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const kept = KEPT.flatMap((name) => (user[name] === undefined ? [] : [[name, user[name] as string] as const]));
  return {
    ...Object.fromEntries(kept),
    HOME: folders.home,
    USERPROFILE: folders.home,

    TF_REATTACH_PROVIDERS: attachment,
    TF_CLI_CONFIG_FILE: folders.terraformConfig,
    TF_IN_AUTOMATION: "1",
    CHECKPOINT_DISABLE: "1",
    npm_config_update_notifier: "false",

    // cdktf reads its options from here too. No provider is downloaded, so there is none to lock.
    CDKTF_OUTPUT: folders.output,
    CDKTF_OUTDIR: folders.output,
    CDKTF_SKIP_PROVIDER_LOCK: "true",
    CDKTF_HOME: folders.home,
    CDKTF_DISABLE_PLUGIN_CACHE_ENV: "1",

    DROVER_PLATFORM: folders.platform,

    // Should anything look for credentials after all, it finds these places empty.
    KUBECONFIG: folders.kubeconfig,
    AWS_CONFIG_FILE: `${folders.home}/aws-config`,
    AWS_SHARED_CREDENTIALS_FILE: `${folders.home}/aws-credentials`,
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

/** Makes the places that the environment names. */
export function prepareFolders(folders: Folders): void {
  for (const folder of [folders.root, folders.home, folders.state]) mkdirSync(folder, { recursive: true });
  // The user's own settings may name mirrors, credentials and other providers.
  writeFileSync(folders.terraformConfig, "disable_checkpoint = true\n");
}
