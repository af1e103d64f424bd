// The OpenID provider of the tests: zitadel's, which nobody here wrote, with the people that a test names and their groups.
//
//	sso-provider -redirect http://127.0.0.1:8080/sign-in/sso/callback -people people.json
//
// people.json is a list of {"name": …, "first": …, "last": …, "email": …, "verified": true, "groups": […]}; everybody's password
// is "password", the client is "aimyorg" with the secret "hush". It listens on a free port of this machine and prints its issuer.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

type person struct {
	Name, First, Last, Email string
	Verified                 bool
	Groups                   []string
}

// people is the example's store of people.
type people map[string]*storage.User

func (p people) GetUserByID(id string) *storage.User { return p[id] }

func (p people) GetUserByUsername(name string) *storage.User {
	for _, u := range p {
		if u.Username == name {
			return u
		}
	}
	return nil
}

func (people) ExampleClientID() string { return storage.ServiceUserID }

// grouped adds what the example does not say: the groups that somebody is in.
type grouped struct {
	*storage.Storage
	groups map[string][]string
}

func (g grouped) SetUserinfoFromRequest(ctx context.Context, info *oidc.UserInfo, token op.IDTokenRequest, scopes []string) error {
	if err := g.Storage.SetUserinfoFromRequest(ctx, info, token, scopes); err != nil {
		return err
	}
	info.AppendClaims("groups", g.groups[token.GetSubject()])
	return nil
}

func (g grouped) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, id, subject, origin string) error {
	if err := g.Storage.SetUserinfoFromToken(ctx, info, id, subject, ""); err != nil { // no browser asks, so there is no origin
		return err
	}
	info.AppendClaims("groups", g.groups[subject])
	return nil
}

func main() {
	redirect := flag.String("redirect", "", "where people are sent back to")
	file := flag.String("people", "", "a list of people, as JSON")
	flag.Parse()
	raw, err := os.ReadFile(*file)
	if err != nil {
		log.Fatal(err)
	}
	var all []person
	if err := json.Unmarshal(raw, &all); err != nil {
		log.Fatal(err)
	}
	users, groups := people{}, map[string][]string{}
	for _, p := range all {
		id := "subject-of-" + strings.ToLower(p.Name)
		users[id] = &storage.User{ID: id, Username: p.Name, Password: "password", FirstName: p.First, LastName: p.Last, Email: p.Email, EmailVerified: p.Verified}
		groups[id] = p.Groups
	}
	storage.RegisterClients(storage.WebClient("aimyorg", "hush", *redirect))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	issuer := "http://" + l.Addr().String()
	router := exampleop.SetupServer(issuer, grouped{storage.NewStorage(users), groups}, slog.New(slog.NewTextHandler(io.Discard, nil)), false)
	fmt.Println(issuer)
	go func() { // it ends with whoever started it
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	s := &http.Server{Handler: router, ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(s.Serve(l))
}
