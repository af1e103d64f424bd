package handlers

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/layout"
	"aimyorg/views/problem"
	"aimyorg/views/security"
)

// freshKind marks routes that want a fresh proof of who one is (A22).
const freshKind = "fresh"

// proofFields are read beside a fresh route's own fields.
var proofFields = []string{"proof_password", "proof_code"}

// fields are what is read of a route's form.
func (r route) fields() []string {
	if r.kind == freshKind {
		return slices.Concat(r.form, proofFields)
	}
	return r.form
}

func (q *request) fresh() bool { return domain.ProofHolds(q.who.Proved, q.now) }

// confirmed guards fresh routes. Without a fresh proof it answers with a page that carries what was typed and posts it, with a
// proof, to the same address: with the right one the request goes on at once, and nothing typed is lost.
func (q *request) confirmed(r route) (ok bool, err error) {
	switch {
	case r.kind != freshKind || q.fresh():
		return true, nil
	case r.method == "GET":
		return false, q.redirect("/account/proof?next=" + queryEscape(q.path()))
	case q.partial(): // no page of ours does this: fresh routes have plain forms
		return false, q.problem(problem.Page{Status: 403, Code: "proof_needed", RequestID: q.id,
			Text: "Confirm first that it is you, under “Sign-in and security” of your account."})
	}
	p := security.Proof{Action: q.path(), Fields: carried(r, q.form), Again: again(r, q.form)}
	if !q.proofTyped() {
		return false, q.askProof(403, p)
	}
	return q.proves(p)
}

func (q *request) proofTyped() bool {
	return q.exactly("proof_password") != "" || q.typed("proof_code") != ""
}

// proves takes what was typed as proof; a wrong one answers with the same page.
func (q *request) proves(p security.Proof) (ok bool, err error) {
	out, err := q.checkProof()
	if err != nil || out.Right {
		return out.Right, err
	}
	status := 422
	if p.Wait = seconds(out.Wait); p.Wait > 0 {
		status = 429
		q.c.Set("Retry-After", strconv.Itoa(p.Wait))
	}
	p.Wrong = p.Wait == 0
	return false, q.askProof(status, p)
}

// checkProof takes the password or the code. A password is guessed here as slowly as at the door, under the same count.
func (q *request) checkProof() (out store.Checked, err error) {
	if password := q.exactly("proof_password"); password != "" {
		out, err = q.provePassword(password)
	} else {
		code := q.typed("proof_code")
		err = q.do(func(t *store.Tenant) (err error) {
			out, err = t.ProveByCode(q.who.Session, code)
			return err
		})
	}
	if errors.Is(err, domain.ErrNotFound) { // there is no app
		return store.Checked{}, nil
	}
	if err == nil && out.Right {
		q.who.Proved = q.now
	}
	return out, err
}

func (q *request) provePassword(password string) (out store.Checked, err error) {
	email := q.who.Member.Email
	wait, err := q.throttle(email)
	if errors.Is(err, domain.ErrTooMany) {
		return store.Checked{Wait: max(wait, time.Second)}, nil
	}
	if err != nil {
		return out, err
	}
	_, salt, err := q.mine()
	if err != nil {
		return out, err
	}
	hash, err := q.hash.hash(q.ctx, tried(password), salt)
	if err != nil {
		return out, err
	}
	err = q.do(func(t *store.Tenant) (err error) {
		out, err = t.ProveByHash(q.who.Session, hash)
		return err
	})
	if err == nil && out.Right {
		err = q.DB.Forgive(q.ctx, "account", email)
	}
	return out, err
}

func (q *request) askProof(status int, p security.Proof) error {
	p.Possible = q.passkeys != nil
	err := q.read(func(t *store.Tenant) (err error) {
		if p.Password, err = t.HasPassword(); err != nil {
			return err
		}
		p.Has, err = t.Factors()
		return err
	})
	if err != nil {
		return err
	}
	return q.pageWith(status, layout.PageProps{Title: "Confirm that it is you", Narrow: true}, security.Confirm(p))
}

// carried are a form's fields as they were typed, but for secrets, which are never sent back.
func carried(r route, form url.Values) (out []security.Field) {
	for _, name := range r.form {
		if _, secret := secretLabel(name); secret {
			continue
		}
		for _, v := range form[name] {
			out = append(out, security.Field{Name: name, Value: v})
		}
	}
	return out
}

// again are the secrets among the fields, which are typed once more.
func again(r route, form url.Values) (out []security.Field) {
	for _, name := range r.form {
		if label, secret := secretLabel(name); secret && form.Get(name) != "" {
			out = append(out, security.Field{Name: name, Label: label})
		}
	}
	return out
}

// secretLabel says whether a field's value is a secret, and what it is called.
func secretLabel(name string) (label string, secret bool) {
	switch {
	case name == "key":
		return "Key", true
	case strings.Contains(name, "password"):
		return "New password", true
	case strings.Contains(name, "secret"):
		return "Secret", true
	}
	return "", false
}

// showProof is the page of its own, to which pages lead that want a fresh proof to be seen.
func (q *request) showProof() error {
	next := safeNext(q.queryExactly("next"), "")
	if q.fresh() && next != "" {
		return q.redirect(next)
	}
	return q.askProof(200, security.Proof{Next: next})
}

func (q *request) giveProof() error {
	p := security.Proof{Next: safeNext(q.exactly("next"), "")}
	if q.fresh() && !q.proofTyped() { // a passkey did it
		return q.redirect(safeNext(p.Next, "/account/security"))
	}
	if ok, err := q.proves(p); err != nil || !ok {
		return err
	}
	return q.redirect(safeNext(p.Next, "/account/security"))
}
