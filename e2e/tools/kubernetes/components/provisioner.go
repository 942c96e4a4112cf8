package main

import (
	"context"
	"flag"
	"os"
	"path/filepath"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v11/controller"
)

// provisionerName is what a StorageClass calls it.
const provisionerName = "drover.test/folder"

// provisioner makes a folder for each claim of its StorageClass. All nodes see it, as they lie on one machine, so that a
// pod finds its data again wherever it comes to run. The kubelet hands the folder to the pod's group, as it does with a
// disk.
type provisioner struct {
	folder string
}

func runProvisioner() {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the cluster")
	folder := flag.String("folder", "", "where volumes are")
	flag.Parse()

	ctx := context.Background()
	volumes := provisioner{folder: *folder}
	controller.NewProvisionController(ctx, clientOf(*kubeconfig), provisionerName, volumes, controller.LeaderElection(false)).Run(ctx)
}

func (p provisioner) Provision(_ context.Context, options controller.ProvisionOptions) (*v1.PersistentVolume, controller.ProvisioningState, error) {
	folder := filepath.Join(p.folder, options.PVName)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	everyNode := v1.NodeSelectorTerm{
		MatchExpressions: []v1.NodeSelectorRequirement{{Key: v1.LabelOSStable, Operator: v1.NodeSelectorOpExists}},
	}
	return &v1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: options.PVName},
		Spec: v1.PersistentVolumeSpec{
			AccessModes:                   options.PVC.Spec.AccessModes,
			Capacity:                      v1.ResourceList{v1.ResourceStorage: options.PVC.Spec.Resources.Requests[v1.ResourceStorage]},
			PersistentVolumeReclaimPolicy: *options.StorageClass.ReclaimPolicy,
			PersistentVolumeSource:        v1.PersistentVolumeSource{Local: &v1.LocalVolumeSource{Path: folder}},
			NodeAffinity: &v1.VolumeNodeAffinity{
				Required: &v1.NodeSelector{NodeSelectorTerms: []v1.NodeSelectorTerm{everyNode}},
			},
		},
	}, controller.ProvisioningFinished, nil
}

func (p provisioner) Delete(_ context.Context, volume *v1.PersistentVolume) error {
	return os.RemoveAll(volume.Spec.Local.Path)
}
