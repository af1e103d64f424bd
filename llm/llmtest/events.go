package llmtest

import "strings"

// Event is what a browser makes of one server-sent event.
type Event struct{ Name, Data, ID string }

// ParseEvents reads an event stream as browsers do, by the letter of HTML §9.2.6: it is what encoders and readers of ours
// are held against. An event without its blank line is none.
func ParseEvents(stream string) []Event {
	stream = strings.TrimPrefix(stream, "\uFEFF")
	stream = strings.ReplaceAll(strings.ReplaceAll(stream, "\r\n", "\n"), "\r", "\n")
	lines := strings.Split(stream, "\n")
	var events []Event
	var next Event
	for _, line := range lines[:len(lines)-1] { // what has no line end is not read
		if line != "" {
			next.field(line)
			continue
		}
		if data, some := strings.CutSuffix(next.Data, "\n"); some {
			events = append(events, Event{Name: next.Name, Data: data, ID: next.ID})
		}
		next = Event{ID: next.ID}
	}
	return events
}

func (e *Event) field(line string) {
	name, value, _ := strings.Cut(line, ":")
	value = strings.TrimPrefix(value, " ")
	switch {
	case name == "event":
		e.Name = value
	case name == "data":
		e.Data += value + "\n"
	case name == "id" && !strings.Contains(value, "\x00"):
		e.ID = value
	}
}
