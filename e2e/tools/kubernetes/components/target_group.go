package main

import (
	"context"
	"net"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
)

const (
	// gatePrefix begins the readiness gates of the AWS Load Balancer Controller.
	gatePrefix = "target-health.elbv2.k8s.aws/"
	// registrationLag is the time from a ready pod until the load balancer knows of it.
	registrationLag = 3 * time.Second
	// deregistrationLag is the time for which a pod that ends still gets new requests.
	deregistrationLag = 10 * time.Second
	// checkInterval is the controller's default, in seconds.
	checkInterval = 15
	// defaultDeregistrationDelay is that of a target group, in seconds.
	defaultDeregistrationDelay = 300
	// unhealthyThreshold is the number of failed health checks in a row that end a target's health.
	unhealthyThreshold = 2
)

// targetGroup is a port of a Service for one Ingress.
type targetGroup struct {
	gate               v1.PodConditionType
	namespace, service string
	port               networking.ServiceBackendPort
	checkPath          string
	checkInterval      time.Duration
	// deregistrationDelay is how long requests under way may take from the deregistration on.
	deregistrationDelay time.Duration
	targets             map[string]*albTarget // by pod
}

// albTarget is a pod that a target group knows.
type albTarget struct {
	target
	known    time.Time // since when it is wanted
	unwanted time.Time // since when it is not, or zero
	checked  time.Time
	checking bool
	failures int
	healthy  bool
	release  context.CancelFunc
}

func newTargetGroup(object *networking.Ingress, backend *networking.IngressServiceBackend) *targetGroup {
	annotation := func(name string) string { return object.Annotations[albAnnotations+name] }
	var delay string
	for _, attribute := range strings.Split(annotation("target-group-attributes"), ",") {
		if value, found := strings.CutPrefix(attribute, "deregistration_delay.timeout_seconds="); found {
			delay = value
		}
	}
	path := annotation("healthcheck-path")
	if path == "" {
		path = "/"
	}
	return &targetGroup{
		gate:                v1.PodConditionType(gatePrefix + object.Name + "." + backend.Name),
		namespace:           object.Namespace,
		service:             backend.Name,
		port:                backend.Port,
		checkPath:           path,
		checkInterval:       secondsOf(annotation("healthcheck-interval-seconds"), checkInterval),
		deregistrationDelay: secondsOf(delay, defaultDeregistrationDelay),
		targets:             map[string]*albTarget{},
	}
}

func secondsOf(text string, byDefault int) time.Duration {
	number, err := strconv.Atoi(text)
	if err != nil {
		number = byDefault
	}
	return time.Duration(number) * time.Second
}

func (group *targetGroup) key() string { return group.namespace + "/" + string(group.gate) }

func (group *targetGroup) name() string { return group.namespace + "/" + group.service }

// reconcile registers and checks pods, and lets those go that end.
func (a *alb) reconcile(group *targetGroup, now time.Time) {
	wanted := a.wantedBy(group)
	for pod, address := range wanted {
		if group.targets[pod] == nil {
			released, release := context.WithCancel(context.Background())
			own := target{pod: pod, address: address, released: released}
			group.targets[pod] = &albTarget{target: own, known: now, release: release}
		}
	}
	for pod, known := range group.targets {
		if _, isWanted := wanted[pod]; !isWanted {
			if known.unwanted.IsZero() {
				known.unwanted = now
			}
			if now.Sub(known.unwanted) > deregistrationLag+group.deregistrationDelay {
				known.release()
				delete(group.targets, pod)
			}
			continue
		}
		known.unwanted = time.Time{}
		if now.Sub(known.known) < registrationLag || known.checking || now.Sub(known.checked) < group.checkInterval {
			continue
		}
		known.checking, known.checked = true, now
		go a.check(group, known)
	}
}

// wantedBy are the addresses of the pods that belong to a target group: all of their containers are ready, whatever their
// readiness gates say.
func (a *alb) wantedBy(group *targetGroup) map[string]string {
	service, err := a.services.Services(group.namespace).Get(group.service)
	if err != nil {
		return nil
	}
	port := portOf(service, group.port)
	if port == nil {
		return nil
	}
	pods, err := a.pods.Pods(group.namespace).List(labels.SelectorFromSet(service.Spec.Selector))
	check(err)
	wanted := map[string]string{}
	for _, pod := range pods {
		for _, condition := range pod.Status.Conditions {
			if condition.Type == v1.ContainersReady && condition.Status == v1.ConditionTrue && pod.DeletionTimestamp == nil {
				number := strconv.Itoa(int(containerPort(pod, port)))
				wanted[pod.Namespace+"/"+pod.Name] = net.JoinHostPort(pod.Status.PodIP, number)
			}
		}
	}
	return wanted
}

func containerPort(pod *v1.Pod, port *v1.ServicePort) int32 {
	for _, container := range pod.Spec.Containers {
		for _, own := range container.Ports {
			if own.Name != "" && own.Name == port.TargetPort.StrVal {
				return own.ContainerPort
			}
		}
	}
	return port.TargetPort.IntVal
}

// check sends a health check. One success makes a target healthy, some failures in a row end that.
func (a *alb) check(group *targetGroup, known *albTarget) {
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get("http://" + known.address + group.checkPath)
	isHealthy := err == nil && response.StatusCode < 500
	if err == nil {
		response.Body.Close()
	}
	if isHealthy {
		_, name, _ := strings.Cut(known.pod, "/")
		a.openGate(group.gate, group.namespace, name)
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	known.checking = false
	if isHealthy {
		known.healthy, known.failures = true, 0
	} else if known.failures++; known.failures >= unhealthyThreshold {
		known.healthy = false
	}
}

// inService are the targets that get requests: the healthy ones, or all that are registered where none is healthy.
func (group *targetGroup) inService(now time.Time) (inService []target) {
	var registered []target
	for _, known := range group.targets {
		isDeregistered := !known.unwanted.IsZero() && now.Sub(known.unwanted) > deregistrationLag
		if now.Sub(known.known) < registrationLag || isDeregistered {
			continue
		}
		registered = append(registered, known.target)
		if known.healthy {
			inService = append(inService, known.target)
		}
	}
	if len(inService) == 0 {
		inService = registered
	}
	sort.Slice(inService, func(i, j int) bool { return inService[i].pod < inService[j].pod })
	return inService
}
