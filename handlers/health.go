package handlers

import (
	"encoding/json"
	"strings"

	"aimyorg/static"
	"aimyorg/store"
)

// showAlive says that the process answers; showReady says whether it can do its work.
func (q *request) showAlive() error { return q.plain(200, "ok\n") }

// readiness is what /readyz answers. Reasons are names of what is not ready, never an error's text.
type readiness struct {
	Ready   bool     `json:"ready"`
	Reasons []string `json:"reasons"`
}

func (q *request) showReady() error {
	r := readiness{Reasons: []string{}}
	if err := q.DB.Ready(q.ctx); err != nil {
		q.Log.Error("not ready", "request", q.id, "err", err)
		what, _, _ := strings.Cut(err.Error(), ":")
		r.Reasons = append(r.Reasons, what)
	}
	if len(static.Missing()) > 0 {
		r.Reasons = append(r.Reasons, "assets")
	}
	if !q.policyRecorded() {
		r.Reasons = append(r.Reasons, "policy")
	}
	status := 503
	if r.Ready = len(r.Reasons) == 0; r.Ready {
		status = 200
	}
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	q.c.Set("Content-Type", "application/json")
	return q.c.Status(status).Send(append(body, '\n'))
}

// policyRecorded says that the policy's text is one that was published as a version (P1).
func (q *request) policyRecorded() bool {
	all, err := q.DB.Policies(q.ctx)
	for _, p := range all {
		if p.TextHash == store.Digest(q.Policy) {
			return true
		}
	}
	return err != nil // the database's own reason says it
}

func (q *request) plain(status int, text string) error {
	q.c.Set("Content-Type", "text/plain; charset=utf-8")
	return q.c.Status(status).SendString(text)
}

// showRobots keeps search engines to the public pages.
func (q *request) showRobots() error {
	return q.plain(200, "User-agent: *\nAllow: /$\nAllow: /privacy\nAllow: /cookies\nAllow: /support\nDisallow: /\n")
}
