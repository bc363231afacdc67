// An S3 gateway over a folder: Versity's, with one account, on the address that it is given.
package main

import (
	"fmt"
	"os"

	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/s3api"
	"github.com/versity/versitygw/s3api/middlewares"
)

// s3-gateway FOLDER ADDRESS; the account is in ACCESS_KEY and SECRET_KEY.
func main() {
	if err := serve(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(folder, address string) error {
	access, secret := os.Getenv("ACCESS_KEY"), os.Getenv("SECRET_KEY")
	store, err := posix.New(folder, meta.XattrMeta{}, posix.PosixOpts{})
	if err != nil {
		return err
	}
	accounts := auth.NewIAMServiceSingle(auth.Account{Access: access, Secret: secret, Role: auth.RoleAdmin})
	server, err := s3api.New(
		store,
		middlewares.RootUserConfig{Access: access, Secret: secret},
		"us-east-1",
		accounts,
		nil, nil, nil, nil,
		s3api.WithQuiet(),
		s3api.WithKeepAlive(),
		s3api.WithConcurrencyLimiter(64, 64),
		s3api.WithOnListen(func() { fmt.Println("listening") }),
	)
	if err != nil {
		return err
	}
	return server.ServeMultiPort([]string{address})
}
