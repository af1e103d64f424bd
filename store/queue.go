package store

import (
	"database/sql"
	"errors"

	"github.com/riverqueue/river"
	"github.com/uptrace/bun"

	"aimyorg/domain"
)

// QueueSchema is where River keeps its tables.
const QueueSchema = "river"

// Job is the payload of work that is promised: enqueued in the transaction that promises it, ids only. jobs works them.
type Job interface {
	river.JobArgs
	Of() domain.ID // the organization
}

// ReadDocument takes the text out of a version's original and makes it searchable.
type ReadDocument struct {
	Tenant  domain.ID `json:"tenant"`
	Version domain.ID `json:"version"`
}

// Kind names the job in the queue.
func (ReadDocument) Kind() string { return "read_document" }

// Of is the organization that the job works for.
func (j ReadDocument) Of() domain.ID { return j.Tenant }

// TidySearch merges an organization's search segments; Purge also drops what was deleted, at once.
type TidySearch struct {
	Tenant domain.ID `json:"tenant"`
	Purge  bool      `json:"purge"`
}

// Kind names the job in the queue.
func (TidySearch) Kind() string { return "tidy_search" }

// Of is the organization that the job works for.
func (j TidySearch) Of() domain.ID { return j.Tenant }

// enqueue promises work in this transaction.
func (t *Tenant) enqueue(j Job) error {
	if j.Of() != t.id() {
		return errors.New("job of another organization")
	}
	tx, ok := t.bun.(bun.Tx)
	if !ok {
		return errors.New("enqueue outside of a transaction")
	}
	return insertJob(t, tx.Tx, j)
}

func insertJob(t *Tenant, tx *sql.Tx, j Job) error {
	_, err := t.db.queue.InsertTx(t.ctx, tx, j, nil)
	return err
}

// ActorOf is the actor of a job: the organization's own machinery.
func ActorOf(j Job) domain.Actor { return System(j.Of()) }
