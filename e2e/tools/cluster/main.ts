import { startCluster } from "../cluster";

// A cluster that lives as long as this program: for a look by hand, and for the test that it ends.
startCluster().then(({ folder, network, kubeconfig }) => {
  console.log(JSON.stringify({ folder, device: network.device, kubeconfig }));
  // Whoever started it may end; then it is of no use.
  process.stdin.on("end", () => process.exit()).resume();
}, fail);

function fail(error: Error): void {
  console.error(error.message);
  process.exit(1);
}
