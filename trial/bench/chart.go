package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"aimyorg/trial"
)

const (
	chartTops      = 12 // departments at the top; the others are below them, and below those
	chartTarget    = "≤ 50 ms"
	chartManagers  = 40
	moveChartEpoch = `update standings set epoch = epoch + 1 where tenant_id = (select tenant_id from departments limit 1)`
)

// benchChart asks for the organization chart as it is at first, of many people in many departments: as it is seen again and
// again, and right after a change, when everything has to be counted anew.
func benchChart(ctx context.Context, b *bench) error {
	p, err := trial.Start(ctx, b.binary, filepath.Join(b.dir, "chart"), nil)
	if err != nil {
		return err
	}
	defer p.Stop()
	v := trial.NewVisitor(p.Base, &http.Transport{MaxIdleConnsPerHost: 256})
	const owner = "chart@example.com"
	if err := v.SignUp(ctx, owner, "Chart"); err != nil {
		return err
	}
	if err := departments(ctx, v, owner, b.flags.departments); err != nil {
		return err
	}
	dsn, err := p.Superuser()
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, staffChart, b.flags.people); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, moveChartEpoch); err != nil {
		return err
	}
	name := fmt.Sprintf("chart of %d people in %d departments", b.flags.people, b.flags.departments)
	took, err := steadily(ctx, *v, "/departments", time.Duration(b.flags.seconds)*time.Second)
	if err != nil {
		return err
	}
	b.add(name+fmt.Sprintf(" at %d/s, p50", pagesPerSecond), milliseconds(quantile(took, 0.5)), "", "", "–")
	b.add(name+fmt.Sprintf(" at %d/s, p99", pagesPerSecond), milliseconds(quantile(took, 0.99)), "", "", chartTarget)
	var cold []time.Duration
	for range 40 {
		if _, err := conn.Exec(ctx, moveChartEpoch); err != nil {
			return err
		}
		begun := time.Now()
		if _, err := v.Page(ctx, "/departments"); err != nil {
			return err
		}
		cold = append(cold, time.Since(begun))
	}
	b.add(name+" right after a change, p99", milliseconds(quantile(cold, 0.99)), "", "", chartTarget)
	return nil
}

// staffChart puts so many people, copies of the owner, into the departments.
const staffChart = `with d as (select tenant_id, id, row_number() over (order by id) as n, count(*) over () as all from departments)
	insert into members select (jsonb_populate_record(m, jsonb_build_object('id', gen_random_uuid(), 'role', 'member', 'department_id', d.id,
		'email_lookup', '\x' || encode(sha256(convert_to(s.n::text, 'UTF8')), 'hex')))).*
	from members m join d on d.tenant_id = m.tenant_id join generate_series(1, $1::int) s (n) on s.n % d.all = d.n - 1`

// departments makes a tree: a few at the top, and the others below those that came before. Some have a manager.
func departments(ctx context.Context, v *trial.Visitor, manager string, n int) error {
	var ids []string
	for i := range n {
		parent := ""
		if i >= chartTops {
			parent = ids[(i-chartTops)/8]
		}
		a, err := v.Post(ctx, "/departments", url.Values{"name": {fmt.Sprint("Department ", i+1)}, "parent": {parent}})
		if err != nil {
			return err
		}
		id := strings.TrimPrefix(a.Header.Get("Location"), "/departments/")
		if a.Status != http.StatusSeeOther {
			return fmt.Errorf("department %d: status %d", i+1, a.Status)
		}
		ids = append(ids, id)
		if i >= chartManagers {
			continue
		}
		if _, err := v.Post(ctx, "/departments/"+id+"/manager", url.Values{"manager": {manager}}); err != nil {
			return err
		}
	}
	return nil
}
