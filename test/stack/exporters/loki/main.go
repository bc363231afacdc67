// Loki, all of it in one process: what a test pushes to and asks.
//
// The program is Grafana's, under AGPL-3.0: built where the tests run, and part of nothing shipped.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	// First: OpenTelemetry's encoding falls back to this one, and finds it by the order of imports.
	_ "google.golang.org/grpc/encoding/proto"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/grafana/loki/v3/pkg/loki"
	"github.com/grafana/loki/v3/pkg/runtime"
	"github.com/grafana/loki/v3/pkg/util/cfg"
	"github.com/grafana/loki/v3/pkg/util/log"
	"github.com/grafana/loki/v3/pkg/validation"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// As Loki's own main does it, without what only its operators need.
func run() error {
	started := time.Now()
	var config loki.ConfigWrapper
	if err := cfg.DynamicUnmarshal(&config, os.Args[1:], flag.CommandLine); err != nil {
		return err
	}
	config.LimitsConfig.SetGlobalOTLPConfig(config.Distributor.OTLPConfig)
	validation.SetDefaultLimitsForYAMLUnmarshalling(config.LimitsConfig)
	runtime.SetDefaultLimitsForYAMLUnmarshalling(config.OperationalConfig)
	config.Server.Log = log.InitLogger(&config.Server, prometheus.DefaultRegisterer, false)
	if err := config.Validate(); err != nil {
		return err
	}
	all, err := loki.New(config.Config)
	if err != nil {
		return err
	}
	return all.Run(loki.RunOpts{StartTime: started})
}
