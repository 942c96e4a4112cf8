/** What every part of a cluster has in front: folders of the machine that it would write to are its own, and empty. */
const OWN_FOLDERS = `for place in /run /var/lib /var/log; do mount -t tmpfs tmpfs "$place"; done`;

/**
 * A node: a runtime of containers, what starts pods in it, and what does their network. The kubelet sets what it likes
 * of the kernel's settings; it gets copies. All pods together would weigh as much as one process of the machine: they
 * weigh as if it were theirs.
 */
const NODE = `
${OWN_FOLDERS}
cd "$FOLDER/$NODE"
mkdir kernel
for setting in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops \
  kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
  copy=kernel/$(echo "$setting" | tr / .)
  cat "/proc/sys/$setting" >"$copy"
  mount --bind "$copy" "/proc/sys/$setting"
done
for hierarchy in "$CGROUPS" "$CGROUPS"/*/; do
  if [ -e "$hierarchy/cgroup.procs" ]; then mkdir -p "$hierarchy/$DEVICE/$NODE"; fi
  if [ -e "$hierarchy/$DEVICE/cpu.shares" ]; then echo 32768 >"$hierarchy/$DEVICE/cpu.shares"; fi
  if [ -e "$hierarchy/$DEVICE/cpu.weight" ]; then echo 3200 >"$hierarchy/$DEVICE/cpu.weight"; fi
done
containerd --config containerd.toml >containerd.log 2>&1 &
until [ -S containerd.sock ]; do sleep 0.1; done
"$COMPONENTS" kubelet --config kubelet.yaml --kubeconfig "$FOLDER/kubeconfig" --root-dir "$PWD/kubelet" \
  --cert-dir "$PWD/certificates" --hostname-override "$NODE" --node-ip "$ADDRESS" \
  --node-labels "topology.kubernetes.io/zone=$NODE" >kubelet.log 2>&1 &
"$COMPONENTS" kube-proxy --config kube-proxy.yaml >kube-proxy.log 2>&1 &
"$COMPONENTS" network-policies --kubeconfig "$FOLDER/kubeconfig" --node "$NODE" --service-range "$SERVICES" \
  >network-policies.log 2>&1 &
wait
`;

/**
 * The control plane in a network namespace of its own, which is also the router between the machine and the nodes. Then
 * the nodes, each in another. `nsenter` and not `ip netns exec`, which mounts /sys anew and hides the control groups.
 */
const CLUSTER = `
${OWN_FOLDERS}
cd "$FOLDER"
in_cluster() { nsenter --net=/run/netns/cluster "$@"; }
start() { log=$1.log; shift; in_cluster "$@" >"$log" 2>&1 & }
component() { start "$1" "$COMPONENTS" "$@"; }

ip netns add cluster
ip link add "$DEVICE" type veth peer name eth0 netns cluster
ip address add "$MACHINE/24" dev "$DEVICE"
ip link set "$DEVICE" up
ip -n cluster address add "$CONTROL_PLANE/24" dev eth0
ip -n cluster address add "$INGRESS/24" dev eth0
ip -n cluster link set lo up
ip -n cluster link set eth0 up
ip route add "$RANGE" via "$CONTROL_PLANE"
in_cluster sh -c "echo 1 >/proc/sys/net/ipv4/ip_forward"
for line in $NODES; do
  IFS=, read -r NODE ADDRESS PODS <<END
$line
END
  ip netns add "$NODE"
  ip -n cluster link add "$NODE" type veth peer name eth0 netns "$NODE"
  ip -n cluster link set "$NODE" up
  ip -n "$NODE" link set lo up
  ip -n "$NODE" address add "$ADDRESS/32" dev eth0
  ip -n "$NODE" link set eth0 up
  ip -n "$NODE" route add "$CONTROL_PLANE" dev eth0
  ip -n "$NODE" route add default via "$CONTROL_PLANE"
  ip -n cluster route add "$ADDRESS" dev "$NODE"
  # What asks pods from here is the load balancer, and policies know it by its own address.
  ip -n cluster route add "$PODS" via "$ADDRESS" dev "$NODE" src "$INGRESS"
  first=\${first:-$ADDRESS}
done
ip -n cluster route add "$SERVICES" via "$first"

start registry docker-registry serve registry.yaml
component etcd --data-dir etcd --unsafe-no-fsync --log-level error
component kube-apiserver --etcd-servers http://127.0.0.1:2379 --cert-dir certificates \
  --bind-address "$CONTROL_PLANE" --advertise-address "$CONTROL_PLANE" --service-cluster-ip-range "$SERVICES" \
  --token-auth-file tokens.csv --authorization-mode RBAC --allow-privileged \
  --service-account-issuer https://kubernetes.default.svc --service-account-key-file service-accounts.pem \
  --service-account-signing-key-file service-accounts.pem --kubelet-preferred-address-types InternalIP
until kubectl --kubeconfig kubeconfig get --raw /readyz >/dev/null 2>&1; do sleep 0.1; done
component kube-controller-manager --kubeconfig kubeconfig --leader-elect=false --cert-dir certificates \
  --root-ca-file certificates/apiserver.crt --service-account-private-key-file service-accounts.pem
component kube-scheduler --kubeconfig kubeconfig --leader-elect=false --cert-dir certificates
component provisioner --kubeconfig kubeconfig --folder "$FOLDER/volumes"
component ingress --kubeconfig kubeconfig --address "$INGRESS" --counts "$CONTROL_PLANE:8081" \
  --webhook "$CONTROL_PLANE" --certificates "$CERTIFICATES"
start coredns "$COREDNS" -conf Corefile
for line in $NODES; do
  IFS=, read -r NODE ADDRESS PODS <<END
$line
END
  export NODE ADDRESS
  nsenter --net=/run/netns/$NODE unshare --mount sh -c "$NODE_SCRIPT" &
done
echo started
while read -r order; do :; done
`;

/**
 * The life of a cluster, in namespaces of processes and mounts of its own: the kernel ends all of it, down to the last
 * container, when the script inside does. What is left then is outside of them: a network device, control groups, the
 * folder.
 */
export const SCRIPT = `
unshare --mount --mount-proc --pid --fork --kill-child sh -c "$CLUSTER_SCRIPT"
ip link delete "$DEVICE" 2>/dev/null
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  find "$CGROUPS" -depth -type d -path "*/$DEVICE*" -exec rmdir {} + 2>/dev/null && break
  sleep 0.5
done
rm -rf --one-file-system "$FOLDER"
`;

/** Parts of {@link SCRIPT}, in its environment. */
export const SCRIPTS = { CLUSTER_SCRIPT: CLUSTER, NODE_SCRIPT: NODE };
