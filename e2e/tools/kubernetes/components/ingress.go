package main

import (
	"context"
	"encoding/json"
	"flag"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	v1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// ingress is a load balancer in front of the cluster, which sends requests to the pods themselves, in turn. It serves every
// class, and takes a pod out as soon as that is not ready or about to end. Where it has certificates, the class of an ALB
// gets that one's habits.
type ingress struct {
	table     atomic.Pointer[routes]
	alb       *alb // or nil
	transport http.RoundTripper
	turns     sync.Map // of *atomic.Uint64, by backend
	requests  sync.Map // of *atomic.Uint64, by pod
}

func runIngress() {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the cluster")
	address := flag.String("address", "", "where requests are answered, and what the Ingress objects are told")
	counts := flag.String("counts", "", "host and port of GET /, the number of requests by pod")
	webhook := flag.String("webhook", "", "address where the API server finds the webhook for readiness gates of an ALB")
	certificates := flag.String("certificates", "", "names, joined by commas, that the certificates of an ALB cover; none: there is no ALB")
	flag.Parse()

	client := clientOf(*kubeconfig)
	balancer := &ingress{transport: &http.Transport{MaxIdleConnsPerHost: 256, IdleConnTimeout: 60 * time.Second}}
	balancer.watch(client, *address, strings.FieldsFunc(*certificates, func(r rune) bool { return r == ',' }))
	if balancer.alb != nil {
		serveGates(client, *webhook, balancer.alb.gatesOf)
	}
	go func() { check(http.ListenAndServe(*counts, http.HandlerFunc(balancer.serveCounts))) }()
	check(http.ListenAndServe(net.JoinHostPort(*address, "80"), balancer))
}

// watch keeps the routes as the cluster has them.
func (i *ingress) watch(client kubernetes.Interface, address string, certificates []string) {
	factory := informers.NewSharedInformerFactory(client, 0)
	ingresses := factory.Networking().V1().Ingresses()
	services := factory.Core().V1().Services()
	slices := factory.Discovery().V1().EndpointSlices()
	if pods := factory.Core().V1().Pods(); len(certificates) > 0 {
		i.alb = newAlb(client, address, certificates, pods.Lister(), services.Lister())
	}
	list := func(ofAlb bool) (wanted []*networking.Ingress) {
		objects, err := ingresses.Lister().List(labels.Everything())
		check(err)
		for _, object := range objects {
			class := object.Spec.IngressClassName
			if (i.alb != nil && class != nil && *class == albClass) == ofAlb {
				wanted = append(wanted, object)
			}
		}
		return wanted
	}
	var mutex sync.Mutex
	update := func() {
		mutex.Lock()
		defer mutex.Unlock()
		objects := list(false)
		i.table.Store(newRoutes(objects, services.Lister(), slices.Lister()))
		for _, object := range objects {
			publish(client, object, address)
		}
	}
	changed := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { update() },
		UpdateFunc: func(any, any) { update() },
		DeleteFunc: func(any) { update() },
	}
	for _, informer := range []cache.SharedIndexInformer{ingresses.Informer(), services.Informer(), slices.Informer()} {
		_, err := informer.AddEventHandler(changed)
		check(err)
	}
	never := make(chan struct{})
	factory.Start(never)
	factory.WaitForCacheSync(never)
	update()
	if i.alb != nil {
		go i.alb.run(func() []*networking.Ingress { return list(true) })
	}
}

// publish tells an Ingress where it is reached. A failure is left to the next change: the object may have changed.
func publish(client kubernetes.Interface, object *networking.Ingress, address string) {
	if points := object.Status.LoadBalancer.Ingress; len(points) == 1 && points[0].IP == address {
		return
	}
	changed := object.DeepCopy()
	changed.Status.LoadBalancer.Ingress = []networking.IngressLoadBalancerIngress{{IP: address}}
	_, _ = client.NetworkingV1().Ingresses(object.Namespace).UpdateStatus(context.Background(), changed, metav1.UpdateOptions{})
}

func (i *ingress) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	backend, found := i.backendOf(request.Host, request.URL.Path)
	if !found {
		http.Error(response, "no Ingress has this host and path", http.StatusNotFound)
		return
	}
	if len(backend.targets) == 0 {
		http.Error(response, "no pod of "+backend.name+" is ready", http.StatusServiceUnavailable)
		return
	}
	turn := increment(&i.turns, backend.name)
	target := backend.targets[turn%uint64(len(backend.targets))]
	increment(&i.requests, target.pod)
	if target.released != nil {
		ctx, cancel := context.WithCancel(request.Context())
		defer cancel()
		defer context.AfterFunc(target.released, cancel)()
		request = request.WithContext(ctx)
	}
	proxy := httputil.ReverseProxy{
		Transport: i.transport,
		Rewrite: func(proxied *httputil.ProxyRequest) {
			proxied.Out.URL.Scheme = "http"
			proxied.Out.URL.Host = target.address
			proxied.Out.Host = proxied.In.Host
			proxied.SetXForwarded()
		},
		ErrorHandler: func(response http.ResponseWriter, _ *http.Request, err error) {
			http.Error(response, target.pod+": "+err.Error(), http.StatusBadGateway)
		},
	}
	proxy.ServeHTTP(response, request)
}

func (i *ingress) backendOf(host, path string) (backend, bool) {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if i.alb != nil {
		if backend, found := i.alb.backendOf(host, path); found {
			return backend, true
		}
	}
	return i.table.Load().backendOf(host, path)
}

func (i *ingress) serveCounts(response http.ResponseWriter, _ *http.Request) {
	counts := map[string]uint64{}
	i.requests.Range(func(pod, count any) bool {
		counts[pod.(string)] = count.(*atomic.Uint64).Load()
		return true
	})
	response.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(response).Encode(counts)
}

func increment(counts *sync.Map, key string) uint64 {
	count, _ := counts.LoadOrStore(key, new(atomic.Uint64))
	return count.(*atomic.Uint64).Add(1)
}

// portOf is the port of a Service that a backend names, or nil.
func portOf(service *v1.Service, wanted networking.ServiceBackendPort) *v1.ServicePort {
	for index, port := range service.Spec.Ports {
		if wanted.Name != "" && port.Name == wanted.Name || wanted.Name == "" && port.Port == wanted.Number {
			return &service.Spec.Ports[index]
		}
	}
	return nil
}
