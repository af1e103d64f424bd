package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"aimyorg/domain"
)

// weigh holds the ledger against what the provider received, by the product's own command and row by row (P51).
func (s *soak) weigh(ctx context.Context) error {
	if _, err := s.command("audit", "verify"); err != nil {
		return err
	}
	printed, err := s.command("ledger", "verify")
	if err != nil {
		return err
	}
	var sums []struct {
		Requests int
		BytesOut int64 `json:"bytes_out"`
		Open     int
	}
	if err := json.Unmarshal(printed, &sums); err != nil {
		return err
	}
	rows, err := s.rows(ctx)
	if err != nil {
		return err
	}
	count, out, open := 0, int64(0), 0
	for _, x := range sums {
		count, out, open = count+x.Requests, out+x.BytesOut, open+x.Open
	}
	var sizes []int64
	for _, r := range s.provider.Requests() {
		sizes = append(sizes, int64(len(r.Body)))
	}
	fmt.Printf("the ledger: %d requests, %d bytes, %d open; the provider: %d requests, %d bytes\n", count, out, open, len(sizes), s.provider.BytesIn())
	b := balanceOf(rows, sizes)
	fmt.Printf("rows without a request: %d of unknown end, %d that say that nothing was sent\n", b.lost, b.unsent)
	if count != len(rows) || out-b.lostBytes != s.provider.BytesIn() {
		b.wrong = append(b.wrong, fmt.Sprintf("the ledger adds up to %d rows and %d bytes, %d of them of unknown end; there are %d rows, and the provider received %d bytes",
			count, out, b.lostBytes, len(rows), s.provider.BytesIn()))
	}
	if open > 0 {
		b.wrong = append(b.wrong, fmt.Sprintf("%d requests are left open in the ledger", open))
	}
	for _, what := range b.wrong {
		s.fault("%s", what)
	}
	return nil
}

// row is one of the ledger, as far as anybody may see it.
type row struct {
	bytes   int64
	outcome domain.Outcome
}

// rows are all of the ledger, those of unknown end last.
func (s *soak) rows(ctx context.Context) (out []row, err error) {
	db, err := s.database(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close(ctx) }()
	found, err := db.Query(ctx, `select bytes_out, outcome from receipts order by outcome in ('unknown', 'started')`)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	for found.Next() {
		var r row
		if err := found.Scan(&r.bytes, &r.outcome); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, found.Err()
}

// balance is what is left when each request has been given to a row of its size.
type balance struct {
	lost      int   // rows of unknown end without a request
	lostBytes int64 // that they say
	unsent    int   // rows that say that nothing was sent
	wrong     []string
}

// balanceOf pairs rows with requests by size; rows of unknown end come last. A row is written before anything is sent, so
// a kill in between leaves a row, of unknown end, without a request; never a request without a row.
func balanceOf(rows []row, requests []int64) balance {
	var b balance
	left, extra := map[int64]int{}, map[domain.Outcome]int{}
	for _, size := range requests {
		left[size]++
	}
	for _, r := range rows {
		switch {
		case left[r.bytes] > 0:
			left[r.bytes]--
		case r.bytes == 0:
			b.unsent++
		case r.outcome == domain.OutcomeUnknown, r.outcome == domain.OutcomeStarted: // not closed yet
			b.lost++
			b.lostBytes += r.bytes
		default:
			extra[r.outcome]++
		}
	}
	for outcome, n := range extra {
		b.wrong = append(b.wrong, fmt.Sprintf("%d rows of the ledger (%s) say how much was sent, and nobody received so much", n, outcome))
	}
	without := 0
	for _, n := range left {
		without += n
	}
	if without > 0 {
		b.wrong = append(b.wrong, fmt.Sprintf("%d requests have no row of their size in the ledger", without))
	}
	return b
}

// command does a command of the product and expects that it finds nothing wrong.
func (s *soak) command(args ...string) ([]byte, error) {
	cmd := s.product.Command(args...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		return nil, errors.Join(fmt.Errorf("aimyorg %v", args), err, errors.New(errOut.String()+out.String()))
	}
	return out.Bytes(), nil
}
