import { kubectlArguments, kubectlCommand } from "../../../lib/runtime/kubectl";
import { run } from "../../support/program";

const DEFAULT = "~/.kube/config";

describe("the command", () => {
  it("names the context and the namespace, and the kubeconfig where it isn't the default", () => {
    expect(kubectlCommand({ context: "main", kubeconfig: DEFAULT }, "web-production")).toBe(
      "kubectl --context main --namespace web-production",
    );
    expect(kubectlCommand({ context: "main", kubeconfig: "/etc/kube" }, "web-production")).toBe(
      "kubectl --kubeconfig /etc/kube --context main --namespace web-production",
    );
  });

  it.each([
    ["a plain one", "arn:aws:eks:eu-central-1:111122223333:cluster/main", "/etc/kube"],
    ["one with spaces", "my cluster", "/home/me/kube config"],
    ["one that a shell would run", "$(touch owned) `touch owned`", "/etc/a';touch owned;'"],
  ])("reaches the shell as it is: %s", (_, context, kubeconfig) => {
    const command = kubectlCommand({ context, kubeconfig }, "web").replace(/^kubectl/, "printf '%s\\n'");
    const { stdout } = run("sh", ["-c", command]);
    expect(stdout.split("\n").slice(0, 4)).toEqual(["--kubeconfig", kubeconfig, "--context", context]);
  });

  it("leaves the home to the shell", () => {
    const command = kubectlCommand({ context: "main", kubeconfig: "~/kube config" }, "web").replace(/^kubectl/, "echo");
    const { stdout } = run("sh", ["-c", command], { env: { HOME: "/home/me" } });
    expect(stdout).toContain("--kubeconfig /home/me/kube config --context");
  });
});

it("talks to the same cluster as a process", () => {
  expect(kubectlArguments({ context: "my cluster", kubeconfig: "~/kube" }, "/home/$&")).toEqual([
    ...["--kubeconfig", "/home/$&/kube"],
    ...["--context", "my cluster"],
  ]);
});
