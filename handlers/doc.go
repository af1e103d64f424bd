// Package handlers is the HTTP side: one route table (routes.go), one small file per page, and what makes Fiber safe in
// one place each: guard.go (what is let in), request.go (the only file that touches the framework's request), body.go
// (what is read), session.go, proof.go (what wants a fresh proof), errors.go, page.go (what is answered), sse.go.
//
// oidc.go alone dials out: to an organization's own identity provider.
//
// Handlers translate: read a form, call store, render a view. They decide nothing; rules are in domain and store.
package handlers
