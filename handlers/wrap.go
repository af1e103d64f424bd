package handlers

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// wrap renders content as the children of a frame.
func wrap(frame, content templ.Component) func(context.Context, io.Writer) error {
	return func(ctx context.Context, w io.Writer) error {
		return frame.Render(templ.WithChildren(ctx, content), w)
	}
}
