package main

import (
	"fmt"
	"os"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// clientOf is a client of the cluster that a kubeconfig names.
func clientOf(kubeconfig string) kubernetes.Interface {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	check(err)
	// The cluster is there for one client at a time: nobody has to be spared.
	config.QPS = -1
	client, err := kubernetes.NewForConfig(config)
	check(err)
	return client
}

// check ends the component with what is wrong.
func check(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[0], err)
		os.Exit(1)
	}
}
