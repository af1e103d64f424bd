package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/uptrace/bun"

	"aimyorg/domain"
	"aimyorg/store/scoped"
	"aimyorg/store/seal"
)

// The roles that migrations make. The application never connects as an owner or a superuser (P29).
const (
	RoleApp    = "aimyorg_app"
	RoleDoor   = "aimyorg_door"
	RoleWorker = "aimyorg_worker"
)

// Config is what a DB needs.
type Config struct {
	Pool  func(role string, most int32) (*pgxpool.Config, error) // how to connect as a role
	Keys  *seal.Keyring
	Files string           // the folder of sealed originals
	Now   func() time.Time // UTC; time.Now when nil
	Log   *slog.Logger
	Begin ProviderForm // the provider that new organizations begin with; none when zero (P46: never OpenRouter)
}

// DB is the store. It cannot query: only Tenant, Read, the Door and the Crossing can.
type DB struct {
	bun    *bun.DB
	app    *pgxpool.Pool
	door   *pgxpool.Pool
	worker *pgxpool.Pool
	keys   *seal.Keyring
	files  string
	clock  func() time.Time
	log    *slog.Logger
	queue  *river.Client[*sql.Tx]
	crew   *crew
	search *searchCache
	facts  *factsCache
	recall *recall

	mostShelves int // of an organization, for which rulings are remembered
	people      *directories

	policies knownPolicies
	begin    ProviderForm
}

// Open connects as each role. It does not migrate.
func Open(ctx context.Context, c Config) (*DB, error) {
	db := &DB{keys: c.Keys, files: c.Files, clock: c.Now, log: c.Log, begin: c.Begin, search: newSearchCache(),
		facts: &factsCache{tenants: map[domain.ID]*facts{}}, recall: newRecall(),
		people: newDirectories(), mostShelves: mostShelves, crew: newCrew(connections(), Quiet(c.Log))}
	if db.clock == nil {
		db.clock = time.Now
	}
	for _, p := range []struct {
		pool **pgxpool.Pool
		role string
		most int32
	}{{&db.app, RoleApp, connections()}, {&db.door, RoleDoor, 3}, {&db.worker, RoleWorker, 8}} {
		if err := connect(ctx, c, p.pool, p.role, p.most); err != nil {
			db.Close()
			return nil, err
		}
	}
	db.bun = bun.NewDB(scoped.Open(db.app), scoped.Dialect())
	queue, err := river.NewClient(riverdatabasesql.New(db.bun.DB), &river.Config{Schema: QueueSchema, Logger: Quiet(c.Log)})
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	db.queue = queue
	return db, nil
}

// connections is how many of a process's transactions run at once. Each costs PostgreSQL a process of some 5 MB; more than a
// few for each processor only wait for each other.
func connections() int32 { return int32(max(6, 3*runtime.NumCPU())) }

// idleFor is how long a connection of the smaller pools waits to be used again.
const idleFor = 10 * time.Second

func connect(ctx context.Context, c Config, pool **pgxpool.Pool, role string, most int32) error {
	cfg, err := c.Pool(role, most)
	if err != nil {
		return err
	}
	if role != RoleApp { // busy now and then: an idle connection holds a process of 4 MB
		cfg.MaxConnIdleTime, cfg.HealthCheckPeriod = idleFor, idleFor/2
	}
	if *pool, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return err
	}
	if err := (*pool).Ping(ctx); err != nil {
		return fmt.Errorf("connect as %s: %w", role, err)
	}
	return nil
}

// Quiet keeps River's chatter out of the log: only warnings and errors pass.
func Quiet(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(warnings{log.Handler()})
}

type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, l)
}

// Close ends the connections. Whoever still holds a Tenant waits for it to end.
func (db *DB) Close() {
	db.crew.close()
	if db.bun != nil {
		_ = db.bun.Close() // closing pooled connections can't lose anything
	}
	for _, p := range []*pgxpool.Pool{db.app, db.door, db.worker} {
		if p != nil {
			p.Close()
		}
	}
}

// Ready says whether the database answers and the keys can be opened.
func (db *DB) Ready(ctx context.Context) error {
	if err := db.app.Ping(ctx); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	if err := db.keys.Verify(ctx); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	return nil
}

// Now is the time in UTC with the database's precision, a microsecond.
func (db *DB) Now() time.Time { return db.clock().UTC().Truncate(time.Microsecond) }

// NewID makes a UUIDv7, so that ids sort by the time of their making.
func (db *DB) NewID() domain.ID { return newID() }

func newID() domain.ID { return domain.ID(uuid.Must(uuid.NewV7()).String()) }

// random gives n random bytes; crypto/rand never fails.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// Secret derives n bytes for a purpose of the whole installation, such as sealing cookies.
func (db *DB) Secret(purpose string, n int) []byte { return db.keys.Secret(purpose, n) }
