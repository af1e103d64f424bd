package scoped_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"aimyorg/store/localpg"
	"aimyorg/store/scoped"
)

// kind has a column for each way in which Bun writes a value.
type kind struct {
	bun.BaseModel `bun:"table:kinds,alias:k"`
	ID            int64 `bun:",pk"`
	Yes           bool
	Small         int16
	Num           int
	Big           int64
	Unsigned      uint32
	Word          string
	Raw           []byte
	At            time.Time `bun:",nullzero"`
	Key           string    `bun:",nullzero"`
	Words         []string  `bun:",array"`
	Numbers       []int64   `bun:",array"`
	None          *string
}

type wider struct {
	kind `bun:",extend"`
	Same int64 `bun:",scanonly"`
}

var someKinds = []kind{
	{Yes: true, Small: -3, Num: -1 << 31, Big: 9007199254740993, Unsigned: 1 << 31, Word: `o'k \ "ü" $1 ?`, Raw: []byte("\x00\xff'\\"),
		At: time.Date(2024, 2, 29, 23, 59, 59, 123456000, time.UTC), Key: tenantA, Words: []string{`a'b`, `c,"d"`, `\`}, Numbers: []int64{-1, 1 << 62}},
	{Words: []string{}, Numbers: []int64{}, Raw: []byte{}},
	{Word: "\xff is no UTF-8"},
}

// What Dialect marks arrives as what Bun's own dialect writes: the first time, when it is written out, and later, when the
// statement is kept.
func TestMarkedValuesArrive(t *testing.T) {
	t.Parallel()
	db, _ := open(t, 1)
	marking, plain := bun.NewDB(db, scoped.Dialect()), bun.NewDB(db, pgdialect.New())
	ctx := as(t, tenantA)
	for i, k := range someKinds {
		var want kind
		for turn, with := range []*bun.DB{plain, marking, marking, marking} {
			k.ID = int64(10*i + turn)
			must(t, with.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.NewInsert().Model(&k).Exec(ctx)
				return err
			}))
			var got, again kind
			must(t, plain.NewSelect().Model(&got).Where("id = ?", k.ID).Scan(ctx))
			must(t, marking.NewSelect().Model(&again).Where("id = ?", fmt.Sprint(k.ID)).Where("word = ?", got.Word).Scan(ctx))
			if !reflect.DeepEqual(got, again) {
				t.Errorf("turn %d is read as\n%+v and as\n%+v", turn, got, again)
			}
			if got.ID = 0; turn == 0 {
				want = got
			} else if !reflect.DeepEqual(got, want) {
				t.Errorf("turn %d wrote\n%+v, want\n%+v", turn, got, want)
			}
		}
	}
	for range 3 { // columns of a table that another one takes in
		var list []wider
		must(t, marking.NewSelect().Model(&list).ColumnExpr("k.*, k.num AS same").Where("num IN (?)", bun.List([]int{-1 << 31, 5})).Scan(ctx))
		if len(list) != 4 || list[0].Same != -1<<31 {
			t.Fatalf("%d rows: %+v", len(list), list)
		}
		must(t, marking.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
			res, err := tx.NewUpdate().Model(&list[0]).Column("num", "yes", "words").WherePK().Exec(ctx)
			must(t, err)
			if n, _ := res.RowsAffected(); n != 1 {
				t.Errorf("%d rows changed", n)
			}
			return nil
		}))
	}
}

// keptBy is how many statements a pool's only connection keeps, but for those that begin and end transactions.
func keptBy(t *testing.T, p *pgxpool.Pool) (n int) {
	t.Helper()
	must(t, p.QueryRow(t.Context(), "select count(*) from pg_prepared_statements where statement !~ '^(begin|commit)'").Scan(&n))
	return n
}

func TestStatementsAreKeptWithoutTheirArguments(t *testing.T) {
	t.Parallel()
	db, p := open(t, 1)
	b := bun.NewDB(db, scoped.Dialect())
	for i, want := range []int{0, 1, 1, 1} {
		var ns []note
		must(t, b.NewSelect().Model(&ns).Where("tenant_id = ?", tenantA).Where("body <> ?", fmt.Sprint("none ", i)).Scan(as(t, tenantA)))
		if kept := keptBy(t, p); kept != want || len(ns) != 20 {
			t.Errorf("after %d uses %d statements are kept, want %d; %d rows", i+1, kept, want, len(ns))
		}
	}
	var theirs []note // the same text, with its plan, in another organization
	must(t, b.NewSelect().Model(&theirs).Where("tenant_id = ?", tenantA).Where("body <> ?", "").Scan(as(t, tenantB)))
	if len(theirs) != 0 || keptBy(t, p) != 1 {
		t.Errorf("another organization saw %d rows", len(theirs))
	}
}

func TestKeptStatementsAreBounded(t *testing.T) {
	t.Parallel()
	db, p := open(t, 1)
	b := bun.NewDB(db, scoped.Dialect())
	for range 3 {
		for n := range 150 {
			var got string
			must(t, b.NewSelect().ColumnExpr(fmt.Sprintf("?::text || '%d'", n), "x").Scan(as(t, tenantA), &got))
			if got != fmt.Sprint("x", n) {
				t.Fatalf("got %q", got)
			}
		}
	}
	if n := keptBy(t, p); n < 50 || n > 100 {
		t.Errorf("%d are kept", n)
	}
}

// A kept statement whose table has got another column since is prepared anew.
func TestKeptStatementOfAChangedTable(t *testing.T) {
	t.Parallel()
	db, _ := open(t, 1)
	su := pool(t, localpg.Superuser, 1)
	read := func() {
		t.Helper()
		rows, err := db.QueryContext(as(t, tenantA), "select * from shifting where id > $1", 0)
		must(t, err)
		must(t, rows.Close())
	}
	read()
	_, err := su.Exec(t.Context(), "alter table shifting add word text")
	must(t, err)
	read()
}

func TestTextsWithNULAreRefused(t *testing.T) {
	t.Parallel()
	db, p := open(t, 1)
	b := bun.NewDB(db, scoped.Dialect())
	ctx := as(t, tenantA)
	var ns []note
	if err := b.NewSelect().Model(&ns).Where("body = ?", "a\x00' or true --").Scan(ctx); err == nil {
		t.Error("a text with a NUL byte was taken")
	}
	for _, q := range []string{"select 1\x00", "select 1 \x00\x00", "delete from notes \x00 where false", "select \x00t"} {
		if rows, err := db.QueryContext(ctx, q); !errors.Is(err, scoped.ErrRefused) {
			t.Errorf("%q: %v %v", q, rows, err)
		}
	}
	tx, err := db.BeginTx(ctx, nil)
	must(t, err)
	if _, err := tx.PrepareContext(ctx, "select 1 \x00tx\x00"); !errors.Is(err, scoped.ErrRefused) {
		t.Errorf("prepared: %v", err)
	}
	must(t, tx.Rollback())
	unmarked(t, p)
}

// FuzzMarkedArgument gives any text and number as arguments: they come back as they are, written out and kept alike, and
// nothing else of them reaches the statement.
func FuzzMarkedArgument(f *testing.F) {
	for _, s := range []string{"", "'", "''", `\`, "$1", "?", "a\x00b", "\xff", "ü", "'; drop table notes --", "::bigint"} {
		f.Add(s, int64(-1))
	}
	db, _ := open(f, 1)
	b := bun.NewDB(db, scoped.Dialect())
	f.Fuzz(func(t *testing.T, s string, n int64) {
		for range 2 {
			var text string
			var number int64
			err := b.NewSelect().ColumnExpr("?::text, 5 -?", s, n).Scan(as(t, tenantA), &text, &number)
			if strings.Contains(s, "\x00") {
				if err == nil {
					t.Fatal("a NUL byte was taken")
				}
				return
			}
			if n < -1<<62 || n > 1<<62 {
				return // PostgreSQL has no such difference
			}
			if must(t, err); text != string([]rune(s)) || number != 5-n {
				t.Fatalf("%q came back as %q, %d as %d", s, text, n, 5-number)
			}
		}
	})
}
