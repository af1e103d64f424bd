// Package ground is what trials stand on: the product's own store over a private PostgreSQL of its own, gone when the
// program ends.
package ground

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/localpg"
	"aimyorg/store/scoped"
	"aimyorg/store/seal"
)

// Ground is a store that nobody else uses.
type Ground struct {
	DB     *store.DB
	Server *localpg.Server
	Dir    string
	keys   *seal.Keyring
}

// noPassword stands for a password's hash; nobody signs in here.
const noPassword = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"

// Open makes one in a new folder under the system's temporary one.
func Open(ctx context.Context, clock func() time.Time) (g *Ground, err error) {
	g = &Ground{}
	defer func() {
		if err != nil {
			g.Close(ctx)
		}
	}()
	if g.Dir, err = os.MkdirTemp("", "aimyorg-trial-"); err != nil {
		return g, err
	}
	if g.Server, err = localpg.Start(ctx, localpg.Config{Dir: filepath.Join(g.Dir, "pg")}); err != nil {
		return g, err
	}
	if err = store.Migrate(ctx, g.Server.DSN(localpg.Superuser, "postgres"), "A trial's privacy policy."); err != nil {
		return g, err
	}
	if g.keys, err = seal.Open(ctx, seal.Config{Dir: filepath.Join(g.Dir, "keys"), Now: clock}); err != nil {
		return g, err
	}
	g.DB, err = store.Open(ctx, store.Config{Keys: g.keys, Files: filepath.Join(g.Dir, "files"), Now: clock,
		Pool: func(role string, most int32) (*pgxpool.Config, error) {
			return scoped.Config(g.Server.DSN(role, "postgres"), "", most)
		}})
	return g, err
}

// Close stops the server and removes everything.
func (g *Ground) Close(ctx context.Context) error {
	var err error
	if g.DB != nil {
		g.DB.Close()
	}
	if g.keys != nil {
		err = g.keys.Close()
	}
	if g.Server != nil {
		err = errors.Join(err, g.Server.Stop(ctx))
	}
	return errors.Join(err, os.RemoveAll(g.Dir))
}

// Found founds an organization with one collection that everybody in it may read.
func (g *Ground) Found(ctx context.Context, name string) (owner domain.Actor, collection domain.ID, err error) {
	f, err := g.DB.SignUp(ctx, domain.SignUp{Name: "Olga Owner", Email: "olga@" + name + ".example", Organization: name,
		Password: "five small green umbrellas", Terms: true, Business: true, Consents: domain.PolicyRecipients}, noPassword, 1, "A trial", "192.0.2.1")
	if err != nil {
		return owner, "", err
	}
	err = g.DB.Tenant(ctx, f.Actor, func(t *store.Tenant) (err error) {
		collection, err = t.CreateCollection(domain.CollectionForm{Name: "Trial", AIAllowed: true, Everyone: true})
		return err
	})
	return f.Actor, collection, err
}
