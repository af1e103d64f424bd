package scoped_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"aimyorg/store/localpg"
)

func readNote(ctx context.Context, b *testing.B, db bun.IDB) error {
	b.Helper()
	var n note
	return db.NewSelect().Model(&n).Where("tenant_id = ?", tenantA).Where("id = ?", 5).Scan(ctx)
}

// BenchmarkUnscoped is Bun over the same kind of pool, as a role that bypasses row-level security.
func BenchmarkUnscoped(b *testing.B) {
	plain := stdlib.OpenDBFromPool(pool(b, localpg.Superuser, 2))
	defer plain.Close()
	db := bun.NewDB(plain, pgdialect.New())
	b.ReportAllocs()
	for b.Loop() {
		must(b, readNote(b.Context(), b, db))
	}
}

// BenchmarkScopedRead is a single read: one round trip, with row-level security.
func BenchmarkScopedRead(b *testing.B) {
	plain, _ := open(b, 2)
	db := bun.NewDB(plain, pgdialect.New())
	ctx := as(b, tenantA)
	b.ReportAllocs()
	for b.Loop() {
		must(b, readNote(ctx, b, db))
	}
}

// BenchmarkScopedTx is begin, one read and commit: three round trips.
func BenchmarkScopedTx(b *testing.B) {
	plain, _ := open(b, 2)
	db := bun.NewDB(plain, pgdialect.New())
	ctx := as(b, tenantA)
	b.ReportAllocs()
	for b.Loop() {
		must(b, db.RunInTx(ctx, &sql.TxOptions{ReadOnly: true}, func(ctx context.Context, tx bun.Tx) error {
			return readNote(ctx, b, tx)
		}))
	}
}
