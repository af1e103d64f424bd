package ui_test

import (
	"slices"
	"strings"
	"testing"

	"aimyorg/domain"
	"aimyorg/views/ui"

	"golang.org/x/net/html"
)

func answer(state domain.MessageState) ui.MessageProps {
	return ui.MessageProps{
		ID: "1", Answer: true, State: state, Closed: "<p>Closed</p>", Open: "<p>Open</p>", Stream: "/copilot/messages/1/stream", Href: "/copilot/messages/1",
		StopAction: "/copilot/messages/1/stop", RetryAction: "/copilot/messages/1/retry", Reason: "What was written is kept.",
		Citations: []ui.CitationProps{{Number: 1, Title: "Lease", Href: "/knowledge/documents/1"}},
		Receipt:   &ui.ReceiptProps{Text: "Nothing left the building"},
	}
}

func TestMessageStates(t *testing.T) {
	t.Parallel()
	for state, want := range map[domain.MessageState]struct{ stream, stop, retry bool }{
		domain.MessagePending:     {stream: true, stop: true},
		domain.MessageStreaming:   {stream: true, stop: true},
		domain.MessageDone:        {},
		domain.MessageStopped:     {retry: true},
		domain.MessageInterrupted: {retry: true},
		domain.MessageFailed:      {retry: true},
	} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			markup := render(t, ui.Message(answer(state)))
			root := find(t, markup, "article", "id", "m-1")
			if attr(root, "data-state") != string(state) {
				t.Errorf("state %q", attr(root, "data-state"))
			}
			if got := attr(root, "data-stream") == "/copilot/messages/1/stream" && attr(root, "data-href") != ""; got != want.stream {
				t.Errorf("followed: %v", got)
			}
			if got := strings.Contains(markup, "/stop"); got != want.stop {
				t.Errorf("can be stopped: %v", got)
			}
			if got := strings.Contains(markup, "/retry"); got != want.retry {
				t.Errorf("can be retried: %v", got)
			}
			if attr(root, "data-announce") == "" {
				t.Error("its end would not be announced")
			}
		})
	}
}

// TestA75: should an attribute of htmx's ever get through, it does nothing in there (hx-ignore is what htmx 4 calls it).
func TestA75_HtmxHeedsNothingOfTheModels(t *testing.T) {
	t.Parallel()
	for _, state := range []domain.MessageState{domain.MessagePending, domain.MessageStreaming, domain.MessageDone, domain.MessageFailed} {
		region := find(t, render(t, ui.Message(answer(state))), "div", "class", "ai")
		if !slices.ContainsFunc(region.Attr, func(a html.Attribute) bool { return a.Key == "hx-ignore" }) {
			t.Errorf("%s: htmx looks into the model's region", state)
		}
	}
}

// TestA73: nothing in what a model wrote can pose as the interface, and no control of ours is inside it.
func TestA73_TheModelsWordsStandApart(t *testing.T) {
	t.Parallel()
	for _, state := range []domain.MessageState{domain.MessageStreaming, domain.MessageDone, domain.MessageFailed} {
		region := find(t, render(t, ui.Message(answer(state))), "div", "class", "ai")
		if attr(region, "aria-label") == "" {
			t.Error("the region has no label")
		}
		for n := range region.Descendants() {
			if n.Type == html.ElementNode && (n.Data == "button" || n.Data == "form" || n.Data == "a" || n.Data == "input") {
				t.Errorf("%s: a <%s> of ours inside the model's region", state, n.Data)
			}
		}
	}
	quoting := answer(domain.MessageDone)
	quoting.Quoting = true
	if a, b := render(t, ui.Message(quoting)), render(t, ui.Message(answer(domain.MessageDone))); strings.Contains(a, "Written by AI") || !strings.Contains(b, "Written by AI") {
		t.Error("who wrote it is not told")
	}
}

func TestQuestionIsTextOnly(t *testing.T) {
	t.Parallel()
	markup := render(t, ui.Message(ui.MessageProps{ID: "q", Text: "a\n<b>b</b>", Closed: "<i>no</i>"}))
	if !strings.Contains(markup, "a\n&lt;b&gt;b&lt;/b&gt;") || strings.Contains(markup, "<i>") {
		t.Error(markup)
	}
}

func TestCitationThatIsGoneIsNoLink(t *testing.T) {
	t.Parallel()
	if got := render(t, ui.CitationChip(ui.CitationProps{Number: 2, Title: "Secret plan", Href: "/d", Gone: "No longer there"})); strings.Contains(got, "<a") ||
		strings.Contains(got, "Secret") {
		t.Error(got)
	}
}

// TestP47: consent is asked for, not assumed: no agreement before the click, and withdrawing takes as many clicks.
func TestP47_ConsentCardAssumesNothing(t *testing.T) {
	t.Parallel()
	ask := render(t, ui.ConsentCard(ui.ConsentProps{ID: "c", Title: "OpenAI", Action: "/c", Version: "3", PolicyHref: "/privacy"}))
	given := render(t, ui.ConsentCard(ui.ConsentProps{ID: "c", Title: "OpenAI", Action: "/c", Given: "Agreed today"}))
	off := render(t, ui.ConsentCard(ui.ConsentProps{ID: "c", Title: "OpenAI", Action: "/c", Off: "AI is off."}))
	if strings.Contains(ask, "checked") || attr(find(t, ask, "button", "name", "consent"), "value") != "yes" {
		t.Error("asking:", ask)
	}
	if attr(find(t, given, "button", "name", "consent"), "value") != "no" {
		t.Error("withdrawing:", given)
	}
	if strings.Contains(off, "<button") {
		t.Error("a consent that cannot take effect is asked for")
	}
}
