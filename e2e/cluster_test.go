//go:build e2e

package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"aimyorg/store"
	"aimyorg/store/localpg"
	"aimyorg/trial"
)

// cluster is a PostgreSQL that outlives the products on it, as in production: a server that is killed leaves its
// connections, locks and open transactions to a database that does not know yet.
var cluster struct {
	once   sync.Once
	server *localpg.Server
	err    error
	mu     sync.Mutex
	made   int
}

const template = "fresh"

func startCluster() (err error) {
	ctx := context.Background()
	if cluster.server, err = localpg.Start(ctx, localpg.Config{Dir: filepath.Join(world.dir, "cluster")}); err != nil {
		return err
	}
	if err := command(ctx, "create database "+template); err != nil {
		return err
	}
	policy, err := os.ReadFile("../policy.txt")
	if err != nil {
		return err
	}
	return store.Migrate(ctx, cluster.server.DSN(localpg.Superuser, template), string(policy))
}

func command(ctx context.Context, query string) error {
	conn, err := pgx.Connect(ctx, cluster.server.DSN(localpg.Superuser, "postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, query)
	return err
}

// behind is the database of a product of the test's own, seen past all walls.
type behind struct {
	t   *testing.T
	dsn string
	*pgx.Conn
}

// onCluster launches a product on a database of its own in the cluster.
func onCluster(t *testing.T, env ...string) (*product, *behind) {
	t.Helper()
	cluster.once.Do(func() { cluster.err = startCluster() })
	if cluster.err != nil {
		t.Fatal(cluster.err)
	}
	d := &behind{t: t, dsn: freshDatabase(t)}
	d.Conn = d.connect()
	return launch(t, append(env, "DATABASE_URL="+d.dsn)...), d
}

func freshDatabase(t *testing.T) (dsn string) {
	t.Helper()
	cluster.mu.Lock() // a template is copied by one at a time
	defer cluster.mu.Unlock()
	cluster.made++
	name := fmt.Sprintf("own%d", cluster.made)
	if err := command(t.Context(), "create database "+name+" template "+template); err != nil {
		t.Fatal(err)
	}
	if err := command(t.Context(), "alter database "+name+" set track_activities = on"); err != nil { // waiting looks at them
		t.Fatal(err)
	}
	return cluster.server.DSN(localpg.Superuser, name)
}

func (d *behind) connect() *pgx.Conn {
	d.t.Helper()
	conn, err := pgx.Connect(d.t.Context(), d.dsn)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// hold does a statement in a transaction that stays open: who needs what it locked waits exactly there, until release.
func (d *behind) hold(query string, args ...any) (release func()) {
	d.t.Helper()
	conn := d.connect()
	for _, q := range []string{"begin", "set session_replication_role = replica"} { // no foreign keys: only the row that is meant
		if _, err := conn.Exec(d.t.Context(), q); err != nil {
			d.t.Fatal(err)
		}
	}
	if _, err := conn.Exec(d.t.Context(), query, args...); err != nil {
		d.t.Fatal(query, err)
	}
	return func() { _ = conn.Close(context.WithoutCancel(d.t.Context())) }
}

// waiting waits until n statements like one are held up by a lock: the server has come to that step and no further.
func (d *behind) waiting(n int, like string) {
	d.t.Helper()
	const count = "select count(*)::text from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ilike $1"
	poll(d.t, fmt.Sprintf("%d × %s, which waits", n, like), func() bool { return d.one(count, like) == fmt.Sprint(n) })
}

// one is a query's only value, as text; empty when there is no row.
func (d *behind) one(query string, args ...any) string {
	d.t.Helper()
	var out string
	if err := d.QueryRow(d.t.Context(), query, args...).Scan(&out); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		d.t.Fatal(query, err)
	}
	return out
}

// comes waits until a query's only value is what it must become.
func (d *behind) comes(want, query string, args ...any) {
	d.t.Helper()
	got := ""
	if !trial.Holds(patience, func() bool { got = d.one(query, args...); return got == want }) {
		d.t.Errorf("%q is %q, want %q (%v)", query, got, want, args)
	}
}

// member is somebody who signed an organization up, with its id.
type member struct {
	*guest
	who    person
	tenant string
}

// enrolled signs somebody up by the form's fields.
func (d *behind) enrolled(t *testing.T, p *product, consent bool) member {
	t.Helper()
	m := member{guest: nobody(t, p), who: somebody(t)}
	if a := m.signUp(m.who, consent); a.status != 303 {
		t.Fatalf("signing up: %d\n%s", a.status, a.body)
	}
	m.tenant = d.one("select tenant_id::text from organizations order by tenant_id desc limit 1")
	return m
}

// at is the same person at another process of the product.
func (m member) at(p *product) member {
	g := *m.guest
	g.base, m.guest = p.Base, &g
	return m
}

// beside starts a second process on the same data.
func beside(t *testing.T, p *product) *product {
	t.Helper()
	second, err := start(world.binary, p.Dir, p.Env...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		second.Stop()
		if t.Failed() {
			t.Logf("the second process's log ends with\n%s", tail(second.Log.String(), 4000))
		}
	})
	return second
}
