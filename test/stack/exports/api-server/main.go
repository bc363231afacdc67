// A Kubernetes API server with its own etcd, in one process: everything of it is in one folder.
package main

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: %s FOLDER", os.Args[0]))
	}
	folder := os.Args[1]
	store, err := startEtcd(filepath.Join(folder, "etcd"))
	if err != nil {
		fail(err)
	}
	port, err := freePort()
	if err != nil {
		fail(err)
	}
	command := app.NewAPIServerCommand()
	command.SetArgs([]string{
		"--etcd-servers=" + store.String(),
		"--bind-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", port),
		"--cert-dir=" + filepath.Join(folder, "certificates"),
		"--token-auth-file=" + filepath.Join(folder, "tokens.csv"),
		"--service-account-issuer=https://pahlevan.test",
		"--service-account-key-file=" + filepath.Join(folder, "accounts.key"),
		"--service-account-signing-key-file=" + filepath.Join(folder, "accounts.key"),
		"--service-cluster-ip-range=10.96.0.0/16",
		"--authorization-mode=RBAC",
		"--v=0",
	})
	address := fmt.Sprintf("https://127.0.0.1:%d", port)
	if err := os.WriteFile(filepath.Join(folder, "address"), []byte(address), 0o600); err != nil {
		fail(err)
	}
	os.Exit(cli.Run(command))
}

func startEtcd(folder string) (url.URL, error) {
	config := embed.NewConfig()
	config.Dir = folder
	config.LogLevel = "error"
	config.UnsafeNoFsync = true // what a test stored is gone with it
	for _, place := range []*[]url.URL{&config.ListenClientUrls, &config.ListenPeerUrls} {
		port, err := freePort()
		if err != nil {
			return url.URL{}, err
		}
		*place = []url.URL{{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", port)}}
	}
	config.AdvertiseClientUrls = config.ListenClientUrls
	config.AdvertisePeerUrls = config.ListenPeerUrls
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	server, err := embed.StartEtcd(config)
	if err != nil {
		return url.URL{}, err
	}
	<-server.Server.ReadyNotify()
	return config.ListenClientUrls[0], nil
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
