import { CREDENTIALS, REGION } from "../aws/api";
import { awsCliCommand } from "../tools/aws-cli";
import { runOrFail } from "../tools/process";

/**
 * Runs a command of the AWS CLI in the emulated AWS, as somebody types it.
 *
 * @param input its standard input
 */
export async function runAws(command: string, endpoint: string, input = ""): Promise<string> {
  const { program, args, env } = await awsCliCommand();
  const script = `aws() { ${program} ${args.join(" ")} "$@"; }; printf '%s' "$INPUT" | ${command}`;
  return runOrFail("bash", ["-o", "pipefail", "-c", script], {
    env: {
      ...env,
      ...CREDENTIALS,
      AWS_DEFAULT_REGION: REGION,
      AWS_ENDPOINT_URL: endpoint,
      AWS_PAGER: "",
      INPUT: input,
    },
  });
}
