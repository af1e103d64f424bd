package handlers

import (
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// The bridge: the only file that reaches below fiber's context, whose bytes change once the handler has returned (F1).
// What leaves it is copied, or is the connection itself.

// rawHeaders are the request's headers as they came.
func rawHeaders(c *fiber.Ctx) string { return string(c.Request().Header.RawHeaders()) }

// connection is the peer's; nil in tests without one.
func connection(c *fiber.Ctx) net.Conn { return c.Context().Conn() }

// closeAfter closes the connection after this answer.
func closeAfter(c *fiber.Ctx) { c.Context().SetConnectionClose() }

// bodyStream is the request's body as it comes.
func bodyStream(c *fiber.Ctx) io.Reader {
	if s := c.Context().RequestBodyStream(); s != nil {
		return s
	}
	return strings.NewReader(string(c.Request().Body()))
}

// bodyLength is how long the request says that its body is; negative when it doesn't.
func bodyLength(c *fiber.Ctx) int { return c.Request().Header.ContentLength() }

// leftBody says whether part of the request's body has not been read. It takes what has arrived and waits for nothing.
func leftBody(c *fiber.Ctx) bool {
	stream, conn := c.Context().RequestBodyStream(), c.Context().Conn()
	if stream == nil || conn == nil {
		return false
	}
	_ = conn.SetReadDeadline(time.Unix(1, 0)) // fasthttp sets its own before it reads again
	_, err := io.CopyN(io.Discard, stream, 64<<10)
	return !errors.Is(err, io.EOF)
}

// sendStream answers with size bytes of r, read after the handler has returned; r is closed. When r ends early the
// connection breaks.
func sendStream(c *fiber.Ctx, r io.ReadCloser, size int) { c.Context().SetBodyStream(r, size) }

// streamBody answers with what r gives, each piece at once, read after the handler has returned; r is closed.
func streamBody(c *fiber.Ctx, r io.ReadCloser) {
	c.Context().Response.ImmediateHeaderFlush = true
	c.Context().SetBodyStream(r, -1)
}

// noDefaultType leaves the content type to who answers.
func noDefaultType(c *fiber.Ctx) { c.Response().Header.SetNoDefaultContentType(true) }
