package handlers

import (
	"context"
	"time"
)

// laterLasts is how long what is done after an answer may take.
const laterLasts = 10 * time.Second

// later does something after the answer, which must not say by its time whether there was anything to do (A119). The site
// waits for it before it has closed. do must hold nothing of the request but copies.
func (q *request) later(what string, do func(context.Context) error) {
	site, id := q.Site, q.id
	site.after.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(site.closing), laterLasts)
		defer cancel()
		defer func() {
			if p := recover(); p != nil {
				site.Log.Error("panic", "request", id, "type", typeName(p), "in", what)
			}
		}()
		if err := do(ctx); err != nil {
			site.Log.Warn("left undone", "what", what, "request", id, "err", err)
		}
	})
}
