import type { Need } from "./needs";
import { type CommandLine, howToGetPython, type PythonProgram, pythonCommand } from "./python";

/** The last major version that is a Python package; the commands of the README are the same in both. */
const AWS_CLI: PythonProgram = { name: "aws", module: "awscli", requirement: "awscli==1.45.11" };

/** The AWS CLI: on PATH, or installed here with pip. */
export const awsCli: Need = { name: "the AWS CLI", howToGet: () => howToGetPython(AWS_CLI) };

/** How to start the AWS CLI, installed first when it is missing. */
export function awsCliCommand(): Promise<CommandLine> {
  return pythonCommand(AWS_CLI);
}
