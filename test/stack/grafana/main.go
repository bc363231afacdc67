// Grafana's own Alertmanager, as Grafana runs it for its alert rules: it reads one line that
// configures it and then lines of alerts, and sends them to a webhook contact point.
//
// The library is Grafana's, under AGPL-3.0: built where the tests run, and part of nothing shipped.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/grafana/alerting/images"
	"github.com/grafana/alerting/models"
	"github.com/grafana/alerting/notify"
	"github.com/grafana/alerting/receivers"
	amv2 "github.com/prometheus/alertmanager/api/v2/models"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
)

// A line may have thousands of alerts.
const longestLine = 64 << 20

type configuration struct {
	ExternalURL string
	Version     string
	OrgID       int64
	// What the contact point's form makes of what a person fills in.
	Settings json.RawMessage
	Secure   map[string]string
	GroupBy  []model.LabelName
	// Of a group: before it is sent first, and from then on.
	Interval model.Duration
}

// Nothing is kept from one run to the next.
type forgotten struct{}

func (forgotten) InitialState() string                        { return "" }
func (forgotten) Retention() time.Duration                    { return time.Hour }
func (forgotten) MaintenanceFrequency() time.Duration         { return time.Hour }
func (forgotten) MaintenanceFunc(notify.State) (int64, error) { return 0, nil }

type noMail struct{}

func (noMail) SendEmail(context.Context, *receivers.SendEmailSettings) error { return nil }

func main() {
	logger := level.NewFilter(log.NewLogfmtLogger(log.NewSyncWriter(os.Stderr)), level.AllowDebug())
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, longestLine)
	lines.Scan()
	var config configuration
	read(lines, &config)
	alertmanager := started(config, logger)
	for lines.Scan() {
		var alerts amv2.PostableAlerts
		read(lines, &alerts)
		expect(alertmanager.PutAlerts(alerts))
	}
	expect(lines.Err())
	alertmanager.StopAndWait()
}

func started(config configuration, logger log.Logger) *notify.GrafanaAlertmanager {
	alertmanager, err := notify.NewGrafanaAlertmanager(notify.GrafanaAlertmanagerOpts{
		ExternalURL:   config.ExternalURL,
		Version:       config.Version,
		TenantKey:     "orgID",
		TenantID:      config.OrgID,
		Silences:      forgotten{},
		Nflog:         forgotten{},
		EmailSender:   noMail{},
		ImageProvider: &images.UnavailableProvider{},
		Decrypter:     notify.NoopDecrypt,
		Peer:          &notify.NilPeer{},
		Logger:        logger,
		Metrics:       notify.NewGrafanaAlertmanagerMetrics(prometheus.NewRegistry(), logger),
	})
	expect(err)
	name, seldom := "pahlevan", model.Duration(time.Hour)
	expect(alertmanager.ApplyConfig(notify.NotificationsConfiguration{
		RoutingTree: &notify.Route{
			Receiver:       name,
			GroupBy:        config.GroupBy,
			GroupWait:      &config.Interval,
			GroupInterval:  &config.Interval,
			RepeatInterval: &seldom,
		},
		Receivers: []*notify.APIReceiver{{
			ConfigReceiver: notify.ConfigReceiver{Name: name},
			ReceiverConfig: models.ReceiverConfig{Integrations: []*models.IntegrationConfig{{
				UID:            "pahlevan",
				Name:           name,
				Type:           "webhook",
				Settings:       config.Settings,
				SecureSettings: config.Secure,
			}}},
		}},
	}))
	return alertmanager
}

func read(lines *bufio.Scanner, into any) {
	expect(json.Unmarshal(lines.Bytes(), into))
}

func expect(err error) {
	if err != nil {
		panic(err)
	}
}
