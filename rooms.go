package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/localpg"
	"aimyorg/store/scoped"
	"aimyorg/store/seal"
)

// rooms is the data's side, opened: what every command but --help and routes needs.
type rooms struct {
	log  *slog.Logger
	pg   *private // nil with DATABASE_URL
	dsn  string   // of the owner
	keys *seal.Keyring
	db   *store.DB
}

// open starts or reaches the database, brings it to the newest schema, opens the keys and connects. Whatever fails, what
// was opened is closed again.
func (p *program) open(ctx context.Context) (r *rooms, err error) {
	r = &rooms{log: newLog(p.errOut), dsn: p.config.Database.Reveal()}
	defer func() {
		if err != nil {
			r.close()
		}
	}()
	pool := func(role string, most int32) (*pgxpool.Config, error) { return scoped.Config(r.dsn, role, most) }
	if r.dsn == "" {
		if r.pg, err = startPrivate(ctx, filepath.Join(p.config.DataDir, "pg"), r.log); err != nil {
			return r, err
		}
		r.dsn = r.pg.dsn(localpg.Superuser)
		pool = func(role string, most int32) (*pgxpool.Config, error) { return scoped.Config(r.pg.dsn(role), "", most) }
	}
	if err = store.Migrate(ctx, r.dsn, policyText); err != nil {
		return r, err
	}
	r.keys, err = seal.Open(ctx, seal.Config{KMS: p.config.KMS.Reveal(), Dir: p.config.KeysDir, Production: p.config.Production, Now: time.Now})
	if err != nil {
		return r, fmt.Errorf("keys: %w", err)
	}
	r.db, err = store.Open(ctx, store.Config{Pool: pool, Keys: r.keys, Files: filepath.Join(p.config.DataDir, "files"), Now: time.Now, Log: r.log,
		Begin: p.config.begin()})
	return r, err
}

// begin is the provider that new organizations begin with: OpenAI, when the operator has a key for it. It answers nobody
// who has not consented.
func (c config) begin() store.ProviderForm {
	if c.Keys[domain.OpenAI].Empty() {
		return store.ProviderForm{}
	}
	return store.ProviderForm{Provider: domain.OpenAI, Enabled: true, Models: []string{"gpt-4.1", "gpt-4o", "gpt-4.1-mini"}, Default: "gpt-4.1"}
}

// close closes in reverse.
func (r *rooms) close() {
	if r.db != nil {
		r.db.Close()
	}
	var err error
	if r.keys != nil {
		err = r.keys.Close()
	}
	if r.pg != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		err = errors.Join(err, r.pg.stop(ctx))
	}
	if err != nil {
		r.log.Warn("closing", "err", err)
	}
}

// with opens the rooms for a command and closes them after it.
func (p *program) with(ctx context.Context, do func(*rooms) error) error {
	r, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer r.close()
	return do(r)
}
