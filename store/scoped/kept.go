package scoped

import (
	"context"
	"database/sql/driver"
	"errors"
	"hash/maphash"
	"slices"
	"strconv"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
)

// statement is what is sent: a text, or the name of a kept one, with its arguments.
type statement struct {
	text string
	kept bool
	args []any
}

// formatted puts the wish for text before the arguments, where pgx looks for it. The columns of a kept statement are
// known: they come in binary.
func (s statement) formatted() []any {
	if s.kept {
		return s.args
	}
	return append([]any{text}, s.args...)
}

// keep takes the marked arguments out of a text (see Dialect) and prepares what is left, once on each connection: parsing
// and planning cost more than most statements themselves. A text that comes for the first time, or has very many
// arguments, is not worth it: they are written out.
func (c *conn) keep(ctx context.Context, query string, args []driver.NamedValue) (statement, error) {
	s := statement{text: query}
	marked, rest, err := cut(query)
	if err != nil {
		return s, err
	}
	s.args = make([]any, len(args), len(args)+len(marked))
	for i, a := range args {
		s.args[i] = a.Value
	}
	if len(marked) > 0 {
		if s.text = apart(marked, rest); len(args) > 0 || len(marked) > mostMarked || !c.texts.again(s.text) {
			s.text = written(marked, rest)
			return s, nil
		}
		for _, a := range marked {
			s.args = append(s.args, a.value)
		}
	}
	if len(s.args) > 0 {
		s.kept = true
		s.text, err = c.prepare(ctx, s.text)
	}
	return s, err
}

// mostMarked is how many arguments a statement may have to be kept.
const mostMarked = 100

func (c *conn) prepare(ctx context.Context, text string) (string, error) {
	k := c.kept()
	if name, ok := k.find(text); ok {
		return name, nil
	}
	if evicted, full := k.room(); full {
		if err := c.pgx().Deallocate(ctx, evicted); err != nil {
			return "", err
		}
	}
	name := k.name()
	if _, err := c.pgx().Prepare(ctx, name, text); err != nil {
		return "", err
	}
	k.add(text, name)
	return name, nil
}

// kept is what this connection keeps, whoever has it.
func (c *conn) kept() *kept {
	data := c.pgx().PgConn().CustomData()
	k, ok := data[keptKey].(*kept)
	if !ok {
		k = &kept{}
		data[keptKey] = k
	}
	return k
}

const keptKey = "scoped: kept statements"

// stale forgets a kept statement that fails because its table has changed under it, so that its next use is well again.
func (c *conn) stale(s statement, err error) error {
	if s.kept && changed(err) {
		c.kept().forget(s.text)
	}
	return err
}

// changed says whether a statement failed because what it gives is no longer what it was when it was prepared.
func changed(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == "0A000"
}

// texts are those that have come to a pool, by hash: one that comes again is worth keeping.
type texts struct {
	seed maphash.Seed
	mu   sync.Mutex
	seen map[uint64]struct{}
}

// mostTexts bounds what is remembered; then it begins anew.
const mostTexts = 4096

func newTexts() *texts { return &texts{seed: maphash.MakeSeed(), seen: map[uint64]struct{}{}} }

func (t *texts) again(text string) bool {
	h := maphash.String(t.seed, text)
	t.mu.Lock()
	defer t.mu.Unlock()
	_, seen := t.seen[h]
	if !seen {
		if len(t.seen) == mostTexts {
			clear(t.seen)
		}
		t.seen[h] = struct{}{}
	}
	return seen
}

// kept are the statements that a connection keeps prepared, the one used last at the end.
type kept struct {
	order []keptText
	named int // names given
}

type keptText struct{ text, name string }

// mostKept bounds what one connection keeps: each costs its PostgreSQL process some tens of KB.
const mostKept = 96

// find gives a text's name and notes that it is used.
func (k *kept) find(text string) (name string, ok bool) {
	for i := len(k.order) - 1; i >= 0; i-- {
		if x := k.order[i]; x.text == text {
			copy(k.order[i:], k.order[i+1:])
			k.order[len(k.order)-1] = x
			return x.name, true
		}
	}
	return "", false
}

// room makes room for one more: the name of the statement that was used longest ago, when there are too many.
func (k *kept) room() (evicted string, full bool) {
	if len(k.order) < mostKept {
		return "", false
	}
	evicted = k.order[0].name
	k.order = slices.Delete(k.order, 0, 1)
	return evicted, true
}

// name is a new one: none is given twice, so that none means another statement than it did.
func (k *kept) name() string {
	k.named++
	return "kept_" + strconv.Itoa(k.named)
}

func (k *kept) add(text, name string) { k.order = append(k.order, keptText{text, name}) }

// forget drops a name.
func (k *kept) forget(name string) {
	k.order = slices.DeleteFunc(k.order, func(x keptText) bool { return x.name == name })
}
