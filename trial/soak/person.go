package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"aimyorg/domain"
	"aimyorg/trial"
)

// act is one thing that people do, with how often.
type act struct {
	name  string
	often int
	do    func(*person, context.Context) error
	asks  bool // only who may ask the Copilot does it
}

// acts is the mix.
var acts = []act{
	{"look", 20, (*person).look, false},
	{"search", 22, (*person).search, false},
	{"ask", 24, (*person).ask, true},
	{"stop", 8, (*person).stop, true},
	{"upload", 10, (*person).upload, true},
	{"read again", 8, (*person).readAgain, true},
	{"withdraw", 4, (*person).withdraw, true},
	{"sign out", 2, (*person).signOut, false},
}

// actLimit is how long an act may take before it counts as broken.
const actLimit = 90 * time.Second

// live does one thing after another, with pauses to think, until ctx ends; what was begun is brought to its end.
func (p *person) live(ctx context.Context) {
	whole := context.WithoutCancel(ctx)
	for p.think(ctx, p.options.think) {
		a := p.choose()
		began := time.Now()
		err := p.within(whole, func(ctx context.Context) error { return a.do(p, ctx) })
		p.count(a.name, began, err)
	}
}

func (p *person) within(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, actLimit)
	defer cancel()
	return do(ctx)
}

// think waits about as long as it is told; false when the soak's load is over.
func (p *person) think(ctx context.Context, about time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(time.Duration((0.5 + p.random.Float64()) * float64(about))):
		return true
	}
}

func (p *person) mayAsk() bool { return p.login.Role != domain.Auditor }

// choose is the next act: first the door, then consent, then anything.
func (p *person) choose() act {
	if !p.inside {
		return act{name: "sign in", do: (*person).signIn}
	}
	if p.mayAsk() && !p.agreed {
		return act{name: "agree", do: (*person).agree}
	}
	sum := 0
	for _, a := range acts {
		sum += a.often
	}
	n := p.random.IntN(sum)
	for _, a := range acts {
		if n -= a.often; n < 0 {
			if a.asks && !p.mayAsk() {
				return acts[0]
			}
			return a
		}
	}
	return acts[0]
}

// page looks for what is not the person's in everything that they get to see.
func (p *person) page(text string, err error) error {
	if word := p.words.stray(p, text); word != "" {
		p.fault("a leak: %s saw %s", p.login.Email, word)
	}
	var u trial.Unexpected
	if errors.As(err, &u) && u.Status == http.StatusSeeOther {
		p.inside = false // sent to the door
	}
	return err
}

func (p *person) signIn(ctx context.Context) error {
	err := p.out.SignInWith(ctx, p.login.Email, p.login.Password)
	p.inside = err == nil
	return err
}

func (p *person) signOut(ctx context.Context) error {
	cookie := p.out.Cookie
	p.inside = false
	if err := p.out.SignOut(ctx); err != nil {
		return err
	}
	a, err := p.out.Get(ctx, "/home", "Cookie", cookie)
	if err == nil && a.Status == http.StatusOK {
		err = errors.New("a session that was signed out of still works")
	}
	return err
}

func (p *person) agree(ctx context.Context) error {
	err := p.out.Consent(ctx, string(domain.OpenAI), true, string(domain.ClassMessage), string(domain.ClassKnowledge))
	p.agreed = err == nil
	return p.page("", err)
}

func (p *person) look(ctx context.Context) error {
	paths := []string{"/home", "/knowledge", "/account", "/account/receipts", "/knowledge/collections/" + string(p.org.made.Collections["everyone"])}
	if p.mayAsk() {
		paths = append(paths, "/copilot")
	}
	if p.login.Role == domain.Auditor || p.login.Role == domain.Owner {
		paths = append(paths, "/admin/audit", "/admin/egress")
	}
	return p.page(p.out.Page(ctx, paths[p.random.IntN(len(paths))]))
}

// search looks for a word of one of the organization's own documents, and at times for one of another's.
func (p *person) search(ctx context.Context) error {
	of, want := p.org, true
	if p.random.IntN(5) == 0 && len(p.organizations) > 1 {
		of, want = p.organizations[(p.org.number+1+p.random.IntN(len(p.organizations)-1))%len(p.organizations)], false
	}
	d := of.made.Documents[3*p.random.IntN(len(of.made.Documents)/3)] // every third is for everyone
	found, text, err := p.out.Search(ctx, d.Canary)
	if err := p.page(text, err); err != nil {
		return err
	}
	if got := found != "0"; got != want {
		return fmt.Errorf("%s documents found with the word of document %s", found, d.Title)
	}
	return nil
}

func (p *person) readAgain(ctx context.Context) error {
	if len(p.asked) == 0 {
		return p.look(ctx)
	}
	return p.page(p.out.Conversation(ctx, p.asked[p.random.IntN(len(p.asked))].conversation))
}
