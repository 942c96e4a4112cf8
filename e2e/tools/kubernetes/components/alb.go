package main

import (
	"context"
	"fmt"
	"sort"
	"strconv"
	"sync"
	"time"

	v1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typed "k8s.io/client-go/kubernetes/typed/core/v1"
	core "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/record"
)

const (
	// albClass is the IngressClass that gets the habits of an Application Load Balancer.
	albClass       = "alb"
	albAnnotations = "alb.ingress.kubernetes.io/"
	// buildDelay is the time from a change of an Ingress until its rules are in force.
	buildDelay = 2 * time.Second
	albTick    = 250 * time.Millisecond
)

// alb is one load balancer for all Ingress objects of its class, which are its group. The rules of a group are built as a
// whole: one Ingress that can't be built keeps the rules of all as they are.
type alb struct {
	client       kubernetes.Interface
	events       record.EventRecorder
	address      string
	certificates []string
	pods         core.PodLister
	services     core.ServiceLister

	mutex   sync.Mutex
	group   string    // what the last change left, for comparison
	changed time.Time // of a change whose rules are not built yet, or zero
	rules   []albRule
	targets map[string]*targetGroup // by key
}

type albRule struct {
	host, path string
	targets    *targetGroup
}

func newAlb(client kubernetes.Interface, address string, certificates []string, pods core.PodLister, services core.ServiceLister) *alb {
	broadcaster := record.NewBroadcaster()
	broadcaster.StartRecordingToSink(&typed.EventSinkImpl{Interface: client.CoreV1().Events("")})
	return &alb{
		client:       client,
		events:       broadcaster.NewRecorder(scheme.Scheme, v1.EventSource{Component: "ingress"}),
		address:      address,
		certificates: certificates,
		pods:         pods,
		services:     services,
		targets:      map[string]*targetGroup{},
	}
}

// run compares what the load balancer has with what the cluster has, again and again.
func (a *alb) run(list func() []*networking.Ingress) {
	for now := range time.Tick(albTick) {
		a.mutex.Lock()
		a.build(list(), now)
		for _, group := range a.targets {
			a.reconcile(group, now)
		}
		a.mutex.Unlock()
	}
}

// build makes the rules of the group, some time after one of its objects has changed.
func (a *alb) build(ingresses []*networking.Ingress, now time.Time) {
	sort.Slice(ingresses, func(i, j int) bool {
		left, right := orderOf(ingresses[i]), orderOf(ingresses[j])
		if left != right {
			return left < right
		}
		return nameOf(ingresses[i]) < nameOf(ingresses[j])
	})
	var group string
	for _, object := range ingresses {
		group += fmt.Sprintln(object.UID, object.Generation, object.Annotations)
	}
	if group != a.group {
		a.group, a.changed = group, now
	}
	if a.changed.IsZero() || now.Sub(a.changed) < buildDelay {
		return
	}
	a.changed = time.Time{}
	for _, object := range ingresses {
		if host, found := a.hostWithoutCertificate(object); found {
			for _, member := range ingresses {
				a.events.Eventf(member, v1.EventTypeWarning, "FailedBuildModel",
					"Failed build model due to ingress: %s: no certificate found for host: %s", nameOf(object), host)
			}
			return
		}
	}
	before := a.targets
	a.rules, a.targets = nil, map[string]*targetGroup{}
	for _, object := range ingresses {
		a.rules = append(a.rules, a.rulesOf(object, before)...)
		a.events.Event(object, v1.EventTypeNormal, "SuccessfullyReconciled", "Successfully reconciled")
		publish(a.client, object, a.address)
	}
}

func nameOf(object *networking.Ingress) string { return object.Namespace + "/" + object.Name }

// orderOf is the place of an Ingress in its group.
func orderOf(object *networking.Ingress) int {
	order, _ := strconv.Atoi(object.Annotations[albAnnotations+"group.order"])
	return order
}

func (a *alb) hostWithoutCertificate(object *networking.Ingress) (host string, found bool) {
	for _, rule := range object.Spec.Rules {
		covered := false
		for _, certificate := range a.certificates {
			covered = covered || fitsHost(certificate, rule.Host)
		}
		if !covered {
			return rule.Host, true
		}
	}
	return "", false
}

// rulesOf are the rules of an Ingress, the longest path first. Target groups that exist keep their targets.
func (a *alb) rulesOf(object *networking.Ingress, before map[string]*targetGroup) (rules []albRule) {
	for _, rule := range object.Spec.Rules {
		for _, path := range rule.HTTP.Paths {
			group := newTargetGroup(object, path.Backend.Service)
			if known := before[group.key()]; known != nil {
				group.targets = known.targets
			}
			if made := a.targets[group.key()]; made != nil {
				group = made
			}
			a.targets[group.key()] = group
			rules = append(rules, albRule{host: rule.Host, path: path.Path, targets: group})
		}
	}
	sort.SliceStable(rules, func(i, j int) bool { return len(rules[i].path) > len(rules[j].path) })
	return rules
}

// backendOf is what answers a host and path: that of the first rule that fits.
func (a *alb) backendOf(host, path string) (backend, bool) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	for _, rule := range a.rules {
		if fitsHost(rule.host, host) && (route{path: rule.path}).fitsPath(path) {
			return backend{name: rule.targets.name(), targets: rule.targets.inService(time.Now())}, true
		}
	}
	return backend{}, false
}

// gatesOf are the readiness gates of a pod with these labels: one for each target group that it will be in.
func (a *alb) gatesOf(namespace string, own map[string]string) (gates []v1.PodReadinessGate) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	for _, group := range a.targets {
		service, err := a.services.Services(group.namespace).Get(group.service)
		if err == nil && group.namespace == namespace && labels.SelectorFromSet(service.Spec.Selector).Matches(labels.Set(own)) {
			gates = append(gates, v1.PodReadinessGate{ConditionType: group.gate})
		}
	}
	sort.Slice(gates, func(i, j int) bool { return gates[i].ConditionType < gates[j].ConditionType })
	return gates
}

// openGate tells a pod that the load balancer sends requests to it. A failure is left to the next health check.
func (a *alb) openGate(gate v1.PodConditionType, namespace, name string) {
	pods := a.client.CoreV1().Pods(namespace)
	pod, err := pods.Get(context.Background(), name, metav1.GetOptions{})
	if err != nil {
		return
	}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == gate {
			return
		}
	}
	for _, each := range pod.Spec.ReadinessGates {
		if each.ConditionType == gate {
			open := v1.PodCondition{Type: gate, Status: v1.ConditionTrue, LastTransitionTime: metav1.Now()}
			pod.Status.Conditions = append(pod.Status.Conditions, open)
			_, _ = pods.UpdateStatus(context.Background(), pod, metav1.UpdateOptions{})
		}
	}
}
