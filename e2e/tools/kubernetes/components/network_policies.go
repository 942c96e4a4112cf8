package main

import (
	"flag"
	"sync"
	"time"

	"github.com/cloudnativelabs/kube-router/v2/pkg/controllers/netpol"
	"github.com/cloudnativelabs/kube-router/v2/pkg/healthcheck"
	"github.com/cloudnativelabs/kube-router/v2/pkg/options"
	"k8s.io/client-go/informers"
)

// runNetworkPolicies enforces NetworkPolicy objects on one node, by the part of kube-router that does only that.
func runNetworkPolicies() {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the cluster")
	node := flag.String("node", "", "name of the node")
	services := flag.String("service-range", "", "CIDR of the Services' addresses")
	flag.Parse()

	config := options.NewKubeRouterConfig()
	config.ClusterIPCIDRs = []string{*services}
	config.EnableIPv4 = true
	config.HostnameOverride = *node

	client := clientOf(*kubeconfig)
	factory := informers.NewSharedInformerFactory(client, 0)
	pods := factory.Core().V1().Pods().Informer()
	namespaces := factory.Core().V1().Namespaces().Informer()
	policies := factory.Networking().V1().NetworkPolicies().Informer()

	iptables, ipsets, err := netpol.NewIPTablesHandlers(config)
	check(err)
	controller, err := netpol.NewNetworkPolicyController(client, config, pods, policies, namespaces, &sync.Mutex{}, iptables, ipsets)
	for deadline := time.Now().Add(time.Minute); err != nil && time.Now().Before(deadline); {
		// The kubelet may not have registered the node yet.
		time.Sleep(100 * time.Millisecond)
		controller, err = netpol.NewNetworkPolicyController(client, config, pods, policies, namespaces, &sync.Mutex{}, iptables, ipsets)
	}
	check(err)

	_, err = pods.AddEventHandler(controller.PodEventHandler)
	check(err)
	_, err = namespaces.AddEventHandler(controller.NamespaceEventHandler)
	check(err)
	_, err = policies.AddEventHandler(controller.NetworkPolicyEventHandler)
	check(err)

	never := make(chan struct{})
	factory.Start(never)
	factory.WaitForCacheSync(never)

	heartbeats := make(chan *healthcheck.ControllerHeartbeat)
	go func() {
		for range heartbeats {
		}
	}()
	var running sync.WaitGroup
	running.Add(1)
	controller.Run(heartbeats, never, &running)
}
