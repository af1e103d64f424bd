package llm

import "bytes"

// maxLine bounds one line of a stream, maxResponse all of it.
const (
	maxLine      = 1 << 20
	maxResponse  = 16 << 20
	maxErrorBody = 64 << 10
	maxWhole     = 4 << 20 // an answer that comes in one piece
)

// events cuts a byte stream into the data of server-sent events, as the HTML standard has it: lines end at CR, LF or
// CRLF, data lines of one event are joined by LF, everything else is ignored. It may be fed in any pieces.
type events struct {
	line   []byte
	data   []byte
	has    bool
	cr     bool // the last byte was a CR: a following LF belongs to it
	begun  bool // the first line has been seen (a byte order mark may start it)
	tooBig bool
}

// feed calls each for every complete event; it stops when each returns false or a line has no end.
func (e *events) feed(b []byte, each func(data []byte) bool) bool {
	for len(b) > 0 {
		if e.cr && b[0] == '\n' {
			b, e.cr = b[1:], false
			continue
		}
		e.cr = false
		i := bytes.IndexAny(b, "\r\n")
		if i < 0 {
			return e.keep(b)
		}
		if !e.keep(b[:i]) {
			return false
		}
		e.cr = b[i] == '\r'
		b = b[i+1:]
		if !e.endLine(each) {
			return false
		}
	}
	return true
}

func (e *events) keep(b []byte) bool {
	if len(e.line)+len(e.data)+len(b) > maxLine {
		e.tooBig = true
		return false
	}
	e.line = append(e.line, b...)
	return true
}

func (e *events) endLine(each func([]byte) bool) bool {
	line := e.line
	e.line = e.line[:0]
	if !e.begun {
		line, e.begun = bytes.TrimPrefix(line, []byte("\xEF\xBB\xBF")), true
	}
	if len(line) == 0 {
		return e.dispatch(each)
	}
	if name, data, _ := bytes.Cut(line, []byte(":")); string(name) == "data" {
		if e.has {
			e.data = append(e.data, '\n')
		}
		e.data, e.has = append(e.data, bytes.TrimPrefix(data, []byte(" "))...), true
	}
	return true
}

func (e *events) dispatch(each func([]byte) bool) bool {
	if !e.has {
		return true
	}
	data := e.data
	e.data, e.has = e.data[:0], false
	return each(data)
}

// finish hands out an event whose last line or blank line is missing. The standard would drop it; some servers end their
// last one so.
func (e *events) finish(each func([]byte) bool) {
	if len(e.line) > 0 && !e.endLine(each) {
		return
	}
	e.dispatch(each)
}
