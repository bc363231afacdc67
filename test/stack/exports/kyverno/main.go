// What Kyverno itself says of policies, and by each of them of what is to be made: one line each.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"

	kyverno "github.com/kyverno/kyverno/api/kyverno/v1"
	"github.com/kyverno/kyverno/pkg/config"
	"github.com/kyverno/kyverno/pkg/engine"
	"github.com/kyverno/kyverno/pkg/engine/factories"
	"github.com/kyverno/kyverno/pkg/engine/jmespath"
	"github.com/kyverno/kyverno/pkg/engine/policycontext"
	imageverification "github.com/kyverno/kyverno/pkg/image/verification/cache"
	admission "github.com/kyverno/kyverno/pkg/utils/engine"
	validation "github.com/kyverno/kyverno/pkg/validation/policy"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

type question struct {
	Policy json.RawMessage
	// Asked of one after the other.
	Requests []request
}

type request struct {
	Object      map[string]any
	Subresource string
}

type answer struct {
	// Empty where Kyverno's own admission takes the policy.
	Refusal  string    `json:"refusal"`
	Warnings []string  `json:"warnings"`
	Verdicts []verdict `json:"verdicts"`
}

type verdict struct {
	// What its webhook would answer.
	Blocked bool `json:"blocked"`
	// By the name of a rule: pass, fail, skip, error.
	Rules map[string]string `json:"rules"`
}

func main() {
	input := json.NewDecoder(os.Stdin)
	output := json.NewEncoder(os.Stdout)
	for input.More() {
		var asked question
		if err := input.Decode(&asked); err != nil {
			fail(err)
		}
		said, err := answered(asked)
		if err != nil {
			fail(err)
		}
		if err := output.Encode(said); err != nil {
			fail(err)
		}
	}
}

func answered(asked question) (answer, error) {
	said := answer{Warnings: []string{}, Verdicts: []verdict{}}
	policy := &kyverno.Policy{}
	fields := json.NewDecoder(bytes.NewReader(asked.Policy))
	fields.DisallowUnknownFields()
	if err := fields.Decode(policy); err != nil {
		said.Refusal = err.Error()
		return said, nil
	}
	// Without a cluster, and by no account: as its command line asks.
	warnings, err := validation.Validate(policy, nil, nil, true, "", "")
	said.Warnings = append(said.Warnings, warnings...)
	if err != nil {
		said.Refusal = err.Error()
		return said, nil
	}
	for _, each := range asked.Requests {
		judged, err := judge(policy, each)
		if err != nil {
			return said, err
		}
		said.Verdicts = append(said.Verdicts, judged)
	}
	return said, nil
}

func judge(policy *kyverno.Policy, asked request) (verdict, error) {
	said := verdict{Rules: map[string]string{}}
	settings := config.NewDefaultConfiguration(false)
	queries := jmespath.New(settings)
	isCluster := false
	judges := engine.NewEngine(
		settings,
		queries,
		nil, // no cluster
		factories.DefaultRegistryClientFactory(nil, nil),
		imageverification.DisabledImageVerifyCache(),
		factories.DefaultContextLoaderFactory(nil),
		nil, // no exceptions
		&isCluster,
	)
	object := unstructured.Unstructured{Object: asked.Object}
	situation, err := policycontext.NewPolicyContext(queries, object, kyverno.Create, nil, settings)
	if err != nil {
		return said, err
	}
	situation = situation.
		WithPolicy(policy).
		WithResourceKind(object.GroupVersionKind(), asked.Subresource)
	response := judges.Validate(context.Background(), situation)
	for _, rule := range response.PolicyResponse.Rules {
		said.Rules[rule.Name()] = string(rule.Status())
	}
	said.Blocked = admission.BlockRequest(response, kyverno.Fail)
	return said, nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
