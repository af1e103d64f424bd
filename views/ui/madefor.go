package ui

import "context"

// MadeForField is the name of the field by which a form says which organization it was made for.
const MadeForField = "made_for"

type madeForKey struct{}

// WithMadeFor makes the forms of a page say a tag, which stands for an organization and is not its id.
func WithMadeFor(ctx context.Context, tag string) context.Context {
	return context.WithValue(ctx, madeForKey{}, tag)
}

func madeFor(ctx context.Context) string {
	tag, _ := ctx.Value(madeForKey{}).(string)
	return tag
}
