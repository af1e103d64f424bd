package handlers

import (
	"io"
	"net"
	"sync/atomic"
	"time"
)

// How long, how much and for how many at once the end of a connection waits for what the peer still sends.
const (
	lingerTime     = 5 * time.Second
	lingerBytes    = 4 << 20
	mostLingerings = 512
)

// lingering is a listener whose connections end in stages (RFC 9112 §9.6): first the answer's end is sent, then what the
// peer is still sending is read and thrown away, and then the connection is closed. Closed at once, a peer who still sends
// sees a reset in place of the answer that says why nobody reads any more.
type lingering struct {
	net.Listener
	now  func() time.Time
	open chan struct{} // a place for each
}

func linger(l net.Listener, now func() time.Time) *lingering {
	return &lingering{l, now, make(chan struct{}, mostLingerings)}
}

// Accept implements net.Listener.
func (l *lingering) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &lingeringConn{Conn: c, l: l}, nil
}

type lingeringConn struct {
	net.Conn
	l     *lingering
	ended atomic.Bool
}

// Read fails once the connection's end has begun: what comes then is for nobody, even where a read was waiting for it.
func (c *lingeringConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.ended.Load() {
		return 0, net.ErrClosed
	}
	return n, err
}

// Close begins the end, and doesn't wait for it. Beyond mostLingerings connections it is the end.
func (c *lingeringConn) Close() error {
	if c.ended.Swap(true) {
		return nil
	}
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return c.Conn.Close()
	}
	select {
	case c.l.open <- struct{}{}:
		go c.drain()
		return nil
	default:
		return c.Conn.Close()
	}
}

func (c *lingeringConn) drain() {
	defer func() { <-c.l.open }()
	if c.SetDeadline(c.l.now().Add(lingerTime)) == nil {
		_, _ = io.CopyN(io.Discard, c.Conn, lingerBytes)
	}
	_ = c.Conn.Close()
}
