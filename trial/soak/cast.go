package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"aimyorg/seed"
	"aimyorg/trial"
)

// organization is one of those that work during the soak, with what was acknowledged to its people.
type organization struct {
	number int
	made   *seed.Tenant

	mu   sync.Mutex
	docs []document
}

// document is an upload that was acknowledged.
type document struct {
	title, word string
	at          time.Time
}

func (o *organization) keep(d document) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.docs = append(o.docs, d)
}

func (o *organization) documents() []document {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.docs)
}

// person is somebody with a script.
type person struct {
	*soak
	org    *organization
	number int
	login  seed.Login
	random *rand.Rand
	out    *trial.Visitor

	inside       bool // signed in, as far as they know
	agreed       bool // to AI, as far as they know
	conversation string
	inIt         int // questions in the conversation
	asked        []question
	refused      []string // words of questions that were refused: the provider must never see them
}

// question is one that was acknowledged.
type question struct {
	word, conversation, message string
	from, to                    time.Time // the whole act
}

// cast makes the people of the organizations that seed printed.
func (s *soak) cast(printed []byte) error {
	var all struct{ Tenants []*seed.Tenant }
	if err := json.Unmarshal(printed, &all); err != nil {
		return fmt.Errorf("what seed printed: %w", err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 20 * time.Second}
	s.hangUp = transport.CloseIdleConnections
	for i, t := range all.Tenants {
		o := &organization{number: i, made: t}
		s.organizations = append(s.organizations, o)
		for n, login := range t.Logins {
			p := &person{soak: s, org: o, number: n, login: login, random: rand.New(rand.NewPCG(s.options.seed, uint64(i*100+n))), //nolint:gosec // a script
				out: trial.NewVisitor(s.product.Base, transport)}
			p.out.From = fmt.Sprintf("10.1.%d.%d", i, n)
			s.people = append(s.people, p)
		}
	}
	return nil
}

// make has the product's own command make the organizations, while the product runs.
func (s *soak) make() error {
	o := s.options
	cmd := s.product.Command("seed", fmt.Sprintf("--tenants=%d", o.organizations), fmt.Sprintf("--people=%d", o.people/o.organizations),
		fmt.Sprintf("--seed=%d", o.seed))
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("seed: %w\n%s", err, errOut.String())
	}
	return s.cast(out.Bytes())
}

// canaries are some of the words that seed planted, in the form that they were planted in.
func (s *soak) canaries() []string {
	out := []string{s.words.stem}
	for _, o := range s.organizations[:min(3, len(s.organizations))] {
		_, domain, _ := strings.Cut(o.made.Logins[0].Email, "@")
		out = append(out, strings.TrimSuffix(domain, ".example"), o.made.Canaries["organization.name"], o.made.Canaries["member.name.admin"],
			o.made.Documents[0].Canary)
	}
	return out
}
