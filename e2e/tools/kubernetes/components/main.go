// The components of a Kubernetes cluster in one program, as they share nearly all of their code. Those of Kubernetes
// itself come from its official modules, and have their own flags:
//
//	components kube-apiserver --etcd-servers=http://127.0.0.1:2379 ...
//
// What a cluster gets from its provider is ours, or made of a public library: an ingress, volumes, network policies.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

var components = map[string]func(){
	"etcd":                    func() { etcdmain.Main(os.Args) },
	"kube-apiserver":          command(apiserver.NewAPIServerCommand),
	"kube-controller-manager": command(controllermanager.NewControllerManagerCommand),
	"kube-proxy":              command(proxy.NewProxyCommand),
	"kube-scheduler":          command(func() *cobra.Command { return scheduler.NewSchedulerCommand() }),
	"kubelet":                 command(func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) }),
	"ingress":                 runIngress,
	"network-policies":        runNetworkPolicies,
	"provisioner":             runProvisioner,
}

func main() {
	if len(os.Args) < 2 || components[os.Args[1]] == nil {
		fmt.Fprintf(os.Stderr, "no such component: %s\n", strings.Join(os.Args[1:], " "))
		os.Exit(2)
	}
	// Each reads its flags from here, after the name of the program.
	os.Args = os.Args[1:]
	components[os.Args[0]]()
}

func command(of func() *cobra.Command) func() {
	return func() { os.Exit(cli.Run(of())) }
}
