package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"time"

	admission "k8s.io/api/admission/v1"
	registration "k8s.io/api/admissionregistration/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// gateLabel is the label of namespaces whose pods get readiness gates from the AWS Load Balancer Controller.
const gateLabel = "elbv2.k8s.aws/pod-readiness-gate-inject"

// serveGates puts readiness gates into new pods, as the controller's webhook does.
func serveGates(client kubernetes.Interface, address string, gatesOf func(namespace string, labels map[string]string) []v1.PodReadinessGate) {
	certificate, authority := ownCertificate(address)
	listener, err := tls.Listen("tcp", net.JoinHostPort(address, "0"), &tls.Config{Certificates: []tls.Certificate{certificate}})
	check(err)
	go func() {
		check(http.Serve(listener, http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
			var review admission.AdmissionReview
			check(json.NewDecoder(request.Body).Decode(&review))
			review.Response = &admission.AdmissionResponse{UID: review.Request.UID, Allowed: true}
			var pod v1.Pod
			check(json.Unmarshal(review.Request.Object.Raw, &pod))
			if gates := gatesOf(review.Request.Namespace, pod.Labels); len(gates) > 0 {
				kind := admission.PatchTypeJSONPatch
				review.Response.PatchType = &kind
				review.Response.Patch, err = json.Marshal([]map[string]any{{"op": "add", "path": "/spec/readinessGates", "value": gates}})
				check(err)
			}
			response.Header().Set("Content-Type", "application/json")
			check(json.NewEncoder(response).Encode(review))
		})))
	}()
	url := "https://" + listener.Addr().String() + "/"
	none, fail := registration.SideEffectClassNone, registration.Fail
	configuration := &registration.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: "load-balancer"},
		Webhooks: []registration.MutatingWebhook{{
			Name:                    "readiness-gates.drover.test",
			AdmissionReviewVersions: []string{"v1"},
			SideEffects:             &none,
			FailurePolicy:           &fail,
			ClientConfig:            registration.WebhookClientConfig{URL: &url, CABundle: authority},
			NamespaceSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{gateLabel: "enabled"}},
			Rules: []registration.RuleWithOperations{{
				Operations: []registration.OperationType{registration.Create},
				Rule:       registration.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
			}},
		}},
	}
	_, err = client.AdmissionregistrationV1().MutatingWebhookConfigurations().Create(context.Background(), configuration, metav1.CreateOptions{})
	check(err)
}

// ownCertificate is a certificate of an address, which is its own authority.
func ownCertificate(address string) (tls.Certificate, []byte) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		IPAddresses:           []net.IP{net.ParseIP(address)},
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	check(err)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, authority
}
