// What Cilium itself says of rules before it takes them: for each one line, empty where it takes it.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/cilium/cilium/pkg/policy/api"
)

func main() {
	var rules []api.Rule
	if err := json.NewDecoder(os.Stdin).Decode(&rules); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, rule := range rules {
		said := ""
		if err := rule.Sanitize(); err != nil {
			said = strings.ReplaceAll(err.Error(), "\n", " ")
		}
		fmt.Println(said)
	}
}
