package store

import (
	"context"
	"database/sql"
	"reflect"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
	"aimyorg/store/scoped"
	"aimyorg/store/seal"
)

// Tenant is one organization's data (P27, P53: everything of an organization is read and written here), for one actor, in
// one transaction (or, from DB.Read, one read at a time). It must not be kept after the function that it was given to.
type Tenant struct {
	ctx   context.Context
	db    *DB
	bun   bun.IDB
	box   *seal.Box
	actor domain.Actor
	now   time.Time
	known *facts // of the epoch that it sees, or presumes; nil until asked for
	moved bool   // it has changed who may what
	epoch int64  // the organization's, once moved

	pages    rewritten    // of segments
	presumes *presumption // nil when it asks first
	asking   bool         // a question is all that it saves, and the last that it does
	recalled *SignedIn    // whose question it is, when their session was not looked at
	held     bool         // a question was saved, and so whoever was recalled held
}

// last is for the transaction's last statement: the commit travels with it (scoped.Last).
func (t *Tenant) last() *Tenant {
	x := *t
	x.ctx = scoped.Last(t.ctx)
	return &x
}

// Tenant runs fn in one transaction of the actor's organization: all of it happens, or nothing. It must be short: no
// stream, mail or model call inside (fn gets no context to make one with).
func (db *DB) Tenant(ctx context.Context, a domain.Actor, fn func(*Tenant) error) error {
	return db.transact(ctx, a, nil, fn)
}

// Asking is Tenant for a request that only asks a question (Tenant.Ask, AskAbout, Retry), as soon as it is known whose it is:
// who may what is as it was then, and isn't asked again. The question ends the transaction. It is saved only if a recalled
// session holds, which then counts as looked at; else, or if no question was saved, ErrLookAgain or the reason, of which nothing
// may be believed before a look.
func (db *DB) Asking(ctx context.Context, who *SignedIn, fn func(*Tenant) error) error {
	err := db.transact(ctx, who.Actor, nil, func(t *Tenant) error {
		t.known, t.asking = db.facts.since(t.id(), who.epoch), true
		if who.recalled {
			t.recalled = who // whose epoch must still be the newest when the question is saved
		}
		if err := fn(t); err != nil || t.recalled == nil || t.held {
			return err
		}
		return ErrLookAgain
	})
	if err == nil {
		who.recalled = false
	}
	return err
}

// Snapshot is Tenant for several reads that must agree with each other.
func (db *DB) Snapshot(ctx context.Context, a domain.Actor, fn func(*Tenant) error) error {
	return db.transact(ctx, a, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}, fn)
}

func (db *DB) transact(ctx context.Context, a domain.Actor, o *sql.TxOptions, fn func(*Tenant) error) error {
	t, err := db.tenant(ctx, a)
	if err != nil {
		return err
	}
	err = db.crew.run(func() error {
		return db.bun.RunInTx(t.ctx, o, func(ctx context.Context, tx bun.Tx) error {
			t.ctx, t.bun = ctx, tx
			return fn(t)
		})
	})
	if err == nil {
		db.search.pages.rewrite(t.id(), t.pages)
	}
	return known(err)
}

// Read is Tenant for reads that need not agree with each other: each is one round trip, and nothing can be written.
func (db *DB) Read(ctx context.Context, a domain.Actor, fn func(*Tenant) error) error {
	t, err := db.tenant(ctx, a)
	if err != nil {
		return err
	}
	t.bun = db.bun
	return known(fn(t))
}

func (db *DB) tenant(ctx context.Context, a domain.Actor) (*Tenant, error) {
	if a.Tenant() == "" {
		return nil, domain.ErrSignedOut
	}
	box, err := db.keys.Tenant(ctx, string(a.Tenant()))
	if err != nil {
		return nil, known(err)
	}
	return &Tenant{ctx: scoped.With(ctx, string(a.Tenant())), db: db, box: box, actor: a, now: db.Now()}, nil
}

// Actor is who acts.
func (t *Tenant) Actor() domain.Actor { return t.actor }

// Now is the time of the transaction: the same for all that happens in it.
func (t *Tenant) Now() time.Time { return t.now }

func (t *Tenant) id() domain.ID { return t.actor.Tenant() }

// may refuses what the actor's role does not allow; what one may not do does not exist.
func (t *Tenant) may(p domain.Permission) error {
	if !t.actor.May(p) {
		return domain.ErrNotFound
	}
	return nil
}

// find is one row or ErrNotFound, for a query that names the organization and a key.
func (t *Tenant) find(row any, where string, args ...any) error {
	return t.of(row).Where(where, args...).Limit(1).Scan(t.ctx)
}

// of starts a select of the organization's own rows. Every further predicate is ANDed to it by Bun as long as it is
// given to Where; an OR belongs inside one Where text.
func (t *Tenant) of(rows any) *bun.SelectQuery {
	return t.bun.NewSelect().Model(rows).Where("?TableAlias.tenant_id = ?", t.id())
}

// count is how many rows a select finds.
func (t *Tenant) count(q *bun.SelectQuery) (int, error) {
	n, err := q.Count(t.ctx)
	return int(n), err
}

// insert adds rows; their TenantID is set by owned.
func (t *Tenant) insert(rows any) error {
	_, err := t.bun.NewInsert().Model(rows).Exec(t.ctx)
	return t.moving(rows, err)
}

// update changes the given columns of the organization's rows that match, and says how many there were.
func (t *Tenant) update(row any, columns []string, where string, args ...any) (int64, error) {
	n, err := affected(t.updating(row, columns, where, args...).Exec(t.ctx))
	return n, t.moving(row, err)
}

// updating is the statement of update, for one that does more at once.
func (t *Tenant) updating(row any, columns []string, where string, args ...any) *bun.UpdateQuery {
	return t.bun.NewUpdate().Model(row).Column(columns...).Where("?TableAlias.tenant_id = ?", t.id()).Where(where, args...)
}

// remove deletes the organization's rows that match, and says how many there were.
func (t *Tenant) remove(model any, where string, args ...any) (int64, error) {
	n, err := affected(t.bun.NewDelete().Model(model).
		Where("?TableAlias.tenant_id = ?", t.id()).Where(where, args...).Exec(t.ctx))
	return n, t.moving(model, err)
}

// adding is the statement that adds rows for each row that a part before it gave: one that changes rows and returns a column
// which none of these has. Rows' fields must name their types.
func adding[Row any](t *Tenant, rows []Row, part string) *bun.InsertQuery {
	q := t.bun.NewInsert().Model((*Row)(nil)).With("added", t.bun.NewValues(&rows)).TableExpr("added").TableExpr("?", bun.Ident(part))
	for _, f := range t.db.bun.Table(reflect.TypeFor[Row]()).Fields {
		q = q.Column(f.Name)
	}
	return q
}

// apart is a number for a statement that is kept: Bun writes numbers into the text, which would be another for each.
func apart(n int64) string { return strconv.FormatInt(n, 10) }

// given is how many rows a part of a statement gave.
func (t *Tenant) given(ctx context.Context, q *bun.SelectQuery, part string) (n int64, err error) {
	err = q.TableExpr("?", bun.Ident(part)).ColumnExpr("count(*)").Scan(ctx, &n)
	return n, err
}

// moving moves the organization's epoch after a row was written that decides who may what.
func (t *Tenant) moving(model any, err error) error {
	if err == nil && decides(model) {
		return t.move()
	}
	return err
}

func affected(r sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// one turns "no row changed" into ErrNotFound.
func one(n int64, err error) error {
	if err == nil && n == 0 {
		return domain.ErrNotFound
	}
	return err
}

// owned is what every row of an organization begins with.
type owned struct {
	TenantID domain.ID `bun:"tenant_id,pk,type:uuid"`
}
