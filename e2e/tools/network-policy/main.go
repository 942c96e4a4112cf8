// Judges connections as AWS's network policy agent does: its own code compiles rules to the table that its eBPF
// program looks up, and the look-up here does what that program does.
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"os"

	"github.com/aws/aws-network-policy-agent/api/v1alpha1"
	"github.com/aws/aws-network-policy-agent/pkg/fwruleprocessor"
	"github.com/aws/aws-network-policy-agent/pkg/logger"
	"github.com/aws/aws-network-policy-agent/pkg/utils"
)

// request is what standard input holds: the tables of pods in one cluster.
type request struct {
	IPv6   bool    `json:"ipv6"`
	Node   string  `json:"node"`
	Tables []table `json:"tables"`
}

// table is one pod's rules in one direction, and the connections to judge by them.
type table struct {
	Rules     []v1alpha1.EndpointInfo `json:"rules"`
	Questions []question              `json:"questions"`
}

// question is a connection: the address at its other end, the port at the end that listens.
type question struct {
	Address  string `json:"address"`
	Port     uint32 `json:"port"`
	Protocol string `json:"protocol"`
}

// How often a table is compiled: the agent goes through maps, whose order differs every time.
const attempts = 5

func main() {
	// What the agent has to complain of goes to standard error.
	logger.New("error", "", 1, 1)
	var asked request
	check(json.NewDecoder(os.Stdin).Decode(&asked))
	answers := make([][]bool, len(asked.Tables))
	for index, table := range asked.Tables {
		for attempt := 0; attempt < attempts; attempt++ {
			verdicts, err := judge(asked, table)
			check(err)
			if attempt > 0 && fmt.Sprint(answers[index]) != fmt.Sprint(verdicts) {
				check(fmt.Errorf("the agent's table %d differs from time to time", index))
			}
			answers[index] = verdicts
		}
	}
	check(json.NewEncoder(os.Stdout).Encode(answers))
}

func judge(cluster request, table table) ([]bool, error) {
	mask := "/32"
	if cluster.IPv6 {
		mask = "/128"
	}
	rules := make([]fwruleprocessor.EbpfFirewallRules, 0, len(table.Rules))
	for _, rule := range table.Rules {
		// The compiler appends to these: each attempt needs its own.
		rules = append(rules, fwruleprocessor.EbpfFirewallRules{
			IPCidr: rule.CIDR,
			Except: append([]v1alpha1.NetworkAddress(nil), rule.Except...),
			L4Info: append([]v1alpha1.Port(nil), rule.Ports...),
		})
	}
	compiler := fwruleprocessor.NewFirewallRuleProcessor(cluster.Node, mask, cluster.IPv6)
	entries, err := compiler.ComputeMapEntriesFromEndpointRules(rules)
	if err != nil {
		return nil, err
	}
	verdicts := make([]bool, 0, len(table.Questions))
	for _, question := range table.Questions {
		verdict, err := lookUp(entries, question, cluster.IPv6)
		if err != nil {
			return nil, err
		}
		verdicts = append(verdicts, verdict)
	}
	return verdicts, nil
}

// lookUp does what evaluateNamespacePolicyByLookUp of pkg/ebpf/c/tc.v4egress.bpf.c does for a pod with policies: the
// entry with the longest prefix decides alone, and within it a denial before all that follows.
func lookUp(entries map[string][]byte, asked question, ipv6 bool) (bool, error) {
	address := net.ParseIP(asked.Address)
	bytes := address.To4()
	if ipv6 {
		bytes = address.To16()
	}
	if bytes == nil || (ipv6 && address.To4() != nil) {
		return false, fmt.Errorf("%q is no address of this cluster's family", asked.Address)
	}
	longest := -1
	var value []byte
	for key, candidate := range entries {
		prefix := int(binary.LittleEndian.Uint32([]byte(key[:4])))
		network := []byte(key[4:])
		if len(network) != len(bytes) || prefix > 8*len(network) {
			// The kernel refuses such a key, and the agent then loads none of the table: issue 631 of the agent.
			return false, fmt.Errorf("the kernel refuses a prefix of %d bits of %v", prefix, network)
		}
		if prefix > longest && startsWith(bytes, network, prefix) {
			longest, value = prefix, candidate
		}
	}
	protocol, err := protocolNumber(asked.Protocol)
	if err != nil {
		return false, err
	}
	for ; len(value) >= 12; value = value[12:] {
		allowed := binary.LittleEndian.Uint32(value)
		start := binary.LittleEndian.Uint32(value[4:])
		end := binary.LittleEndian.Uint32(value[8:])
		if allowed == uint32(utils.RESERVED_IP_PROTOCOL_NUMBER) {
			return false, nil
		}
		fits := start == 0 || asked.Port == start || (asked.Port > start && asked.Port <= end)
		if fits && (allowed == uint32(utils.ANY_IP_PROTOCOL) || allowed == protocol) {
			return true, nil
		}
	}
	return false, nil
}

func startsWith(address []byte, network []byte, prefix int) bool {
	mask := net.CIDRMask(prefix, 8*len(network))
	for index := range network {
		if address[index]&mask[index] != network[index]&mask[index] {
			return false
		}
	}
	return true
}

func protocolNumber(name string) (uint32, error) {
	switch name {
	case "TCP":
		return uint32(utils.TCP_PROTOCOL_NUMBER), nil
	case "UDP":
		return uint32(utils.UDP_PROTOCOL_NUMBER), nil
	}
	return 0, fmt.Errorf("%q is neither TCP nor UDP", name)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
