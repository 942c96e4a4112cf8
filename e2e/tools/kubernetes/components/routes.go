package main

import (
	"context"
	"net"
	"sort"
	"strconv"
	"strings"

	discovery "k8s.io/api/discovery/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	core "k8s.io/client-go/listers/core/v1"
	endpoints "k8s.io/client-go/listers/discovery/v1"
)

// routes says which backend answers which host and path; of those that fit, the first.
type routes []route

type route struct {
	host    string // empty for any, "*.example.com" for one label before it
	path    string
	exact   bool
	backend backend
}

// backend is a port of a Service.
type backend struct {
	name    string
	targets []target
}

// target is a pod that may be asked.
type target struct {
	pod     string // namespace/name
	address string
	// released is done when requests under way are cut off; nil for never.
	released context.Context
}

func newRoutes(ingresses []*networking.Ingress, services core.ServiceLister, slices endpoints.EndpointSliceLister) *routes {
	var table routes
	for _, object := range ingresses {
		for _, rule := range object.Spec.Rules {
			if rule.HTTP == nil {
				continue
			}
			for _, path := range rule.HTTP.Paths {
				if path.Backend.Service == nil {
					continue
				}
				table = append(table, route{
					host:    rule.Host,
					path:    path.Path,
					exact:   path.PathType != nil && *path.PathType == networking.PathTypeExact,
					backend: newBackend(object.Namespace, path.Backend.Service, services, slices),
				})
			}
		}
	}
	// A host goes before a pattern, that before any host; then exact before prefix, and the longest path.
	sort.SliceStable(table, func(a, b int) bool {
		left, right := table[a], table[b]
		if rankOf(left.host) != rankOf(right.host) {
			return rankOf(left.host) < rankOf(right.host)
		}
		if left.exact != right.exact {
			return left.exact
		}
		return len(left.path) > len(right.path)
	})
	return &table
}

func rankOf(host string) int {
	switch {
	case host == "":
		return 2
	case strings.HasPrefix(host, "*."):
		return 1
	default:
		return 0
	}
}

func newBackend(namespace string, wanted *networking.IngressServiceBackend, services core.ServiceLister, slices endpoints.EndpointSliceLister) backend {
	result := backend{name: namespace + "/" + wanted.Name}
	service, err := services.Services(namespace).Get(wanted.Name)
	if err != nil {
		return result
	}
	port := portOf(service, wanted.Port)
	if port == nil {
		return result
	}
	result.name += ":" + strconv.Itoa(int(port.Port))
	selector := labels.SelectorFromSet(labels.Set{discovery.LabelServiceName: wanted.Name})
	found, err := slices.EndpointSlices(namespace).List(selector)
	check(err)
	for _, slice := range found {
		result.targets = append(result.targets, targetsOf(slice, port.Name)...)
	}
	sort.Slice(result.targets, func(a, b int) bool { return result.targets[a].pod < result.targets[b].pod })
	return result
}

// targetsOf are the pods that are ready for requests. One that is about to end is not.
func targetsOf(slice *discovery.EndpointSlice, portName string) (targets []target) {
	for _, port := range slice.Ports {
		if port.Port == nil || port.Name == nil || *port.Name != portName {
			continue
		}
		for _, endpoint := range slice.Endpoints {
			if endpoint.Conditions.Ready == nil || !*endpoint.Conditions.Ready || endpoint.TargetRef == nil {
				continue
			}
			pod := endpoint.TargetRef.Namespace + "/" + endpoint.TargetRef.Name
			address := net.JoinHostPort(endpoint.Addresses[0], strconv.Itoa(int(*port.Port)))
			targets = append(targets, target{pod: pod, address: address})
		}
	}
	return targets
}

func (r *routes) backendOf(host, path string) (backend, bool) {
	for _, route := range *r {
		if fitsHost(route.host, host) && route.fitsPath(path) {
			return route.backend, true
		}
	}
	return backend{}, false
}

func fitsHost(pattern, host string) bool {
	if suffix, isPattern := strings.CutPrefix(pattern, "*"); isPattern {
		label, rest, _ := strings.Cut(host, ".")
		return label != "" && "."+rest == suffix
	}
	return pattern == "" || strings.EqualFold(pattern, host)
}

// fitsPath compares whole elements: /api fits /api and /api/users, not /apis.
func (r route) fitsPath(path string) bool {
	if r.exact {
		return path == r.path
	}
	prefix := strings.TrimSuffix(r.path, "/")
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}
