import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import type { Need } from "./needs";

/** Root on Linux, with the rights to make namespaces and mounts that containers are made of. */
export const isolation: Need = {
  name: "root on Linux with the right to make containers",
  howToGet: () => {
    if (process.platform !== "linux") return "run the tests on Linux";
    if (process.getuid?.() !== 0) return "run the tests as root";
    const { status } = spawnSync("unshare", ["--mount", "--mount-proc", "--pid", "--fork", "true"], {
      stdio: "ignore",
    });
    return status === 0 ? undefined : "run the tests on a machine of their own, or in a privileged container";
  },
};

/** Port 80 of some loopback address: the names of real registries lead there. */
export const webPort: Need = {
  name: "port 80 of a loopback address",
  howToGet: () => (listensEverywhere(80) ? "stop the web server that listens on port 80 of all addresses" : undefined),
};

/** Whether somebody listens on a port of all IPv4 addresses. @see man 5 proc, /proc/net/tcp */
function listensEverywhere(port: number): boolean {
  const listening = "0A";
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const lines = ["/proc/net/tcp", "/proc/net/tcp6"]
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, "utf8").split("\n"));
  return lines.some((line) => {
    const [, local, , state] = line.trim().split(/\s+/);
    return state === listening && new RegExp(`^0+:${hex}$`).test(local ?? "");
  });
}
