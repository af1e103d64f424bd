package store

import (
	"slices"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

// Stretch is a piece of a long list that is shown newest first: what is older than Before, or what is just newer than
// After, at most Limit (1 to 201) rows.
type Stretch struct {
	Before, After domain.ID
	Limit         int
}

// narrow restricts a select to the stretch by an id column. What it finds is put in order by ordered.
func (s Stretch) narrow(q *bun.SelectQuery, column bun.Ident) *bun.SelectQuery {
	q = q.Limit(int64(min(max(s.Limit, 1), 201)))
	switch {
	case s.Before != "":
		return q.Where("? < ?", column, s.Before).OrderExpr("? DESC", column)
	case s.After != "":
		return q.Where("? > ?", column, s.After).OrderExpr("? ASC", column)
	}
	return q.OrderExpr("? DESC", column)
}

// ordered puts rows newest first: those after an id are read the other way round.
func ordered[T any](s Stretch, rows []T) {
	if s.Before == "" && s.After != "" {
		slices.Reverse(rows)
	}
}
